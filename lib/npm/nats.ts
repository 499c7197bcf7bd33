// By its whole name: a script in another folder has no import map for what it imports by path.
export {
  type Authenticator,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  headers,
  type NatsConnection,
} from "npm:@nats-io/transport-node@3.4.0";
export {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type JsMsg,
  RetentionPolicy,
  StorageType,
} from "npm:@nats-io/jetstream@3.4.0";
