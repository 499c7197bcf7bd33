/** The shells that there are scripts for. */
export const shells = ["bash", "zsh", "fish", "pwsh"] as const;
export type Shell = (typeof shells)[number];

/** Printed in place of words where files may stand; a shell knows them by itself. */
export const FILES = "__tinyloom_files__";

/**
 * What each shell runs at its start, to ask `tinyloom completion words SHELL -- WORDS` for the words that
 * may stand for the last one.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: String.raw`
_tinyloom_completion() {
  local words cword
  if type _get_comp_words_by_ref &>/dev/null; then
    _get_comp_words_by_ref -n =: -w words -i cword
  else
    words=("${"$"}{COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local IFS=$'\n'
  COMPREPLY=($(tinyloom completion words bash -- "${"$"}{words[@]:0:cword+1}" 2>/dev/null))
  if [ "${"$"}{COMPREPLY[0]}" = ${FILES} ]; then COMPREPLY=(); fi
  if type __ltrim_colon_completions &>/dev/null; then
    __ltrim_colon_completions "${"$"}{words[cword]}"
  fi
}
complete -o default -F _tinyloom_completion tinyloom`,
  zsh: String.raw`
_tinyloom_completion() {
  local -a reply
  reply=("${"$"}{(@f)$(tinyloom completion words zsh -- "${"$"}{(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ "$reply" == ${FILES} ]]; then _files; else _describe 'values' reply; fi
}
if type compdef &>/dev/null; then compdef _tinyloom_completion tinyloom; fi`,
  fish: String.raw`
function _tinyloom_completion
  set -l words (commandline -opc) (commandline -ct)
  set -l found (tinyloom completion words fish -- $words 2>/dev/null)
  if test "$found" = ${FILES}
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -f -c tinyloom -a "(_tinyloom_completion)"`,
  pwsh: String.raw`
Register-ArgumentCompleter -Native -CommandName tinyloom -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  tinyloom completion words pwsh -- $words 2>$null | Where-Object { $_ -ne '${FILES}' } |
    ForEach-Object {
      $name, $about = $_.Split([char]9, 2)
      if (-not $about) { $about = $name }
      [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
    }
}`,
};

/** A word as a shell shows it: with what it means, where the shell can. */
export function wordFor(
  shell: string,
  { name, description }: { readonly name: string; readonly description?: string },
): string {
  if (shell === "zsh") {
    const colons = (text: string) => text.replaceAll(":", "\\:");
    return description === undefined ? colons(name) : `${colons(name)}:${colons(description)}`;
  }
  return description === undefined || shell === "bash" ? name : `${name}\t${description}`;
}
