package dev.authstore.model.oauth2;

/** Which ports of its own machine a client may be sent back to. */
public enum LoopbackPorts {
  /** Any port if a loopback URI was registered without one, otherwise the one registered. */
  AS_REGISTERED,
  /** Also any port if one was registered, for the literals 127.0.0.1 and [::1] (RFC 8252, 7.3). */
  ANY_FOR_LITERALS
}
