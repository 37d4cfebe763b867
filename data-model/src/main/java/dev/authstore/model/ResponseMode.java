package dev.authstore.model;

/**
 * How the answer of an authorization endpoint travels (OAuth 2.0 Multiple Response Types, section
 * 2.1; OAuth 2.0 Form Post Response Mode).
 */
public enum ResponseMode {
  /** In the query of the redirect URI. */
  QUERY,
  /** In the fragment of the redirect URI. */
  FRAGMENT,
  /** In the body of a request that the browser posts to the redirect URI. */
  FORM_POST
}
