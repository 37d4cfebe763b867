package dev.authstore.storage.pg;

import java.util.Map;

/** What guards the tables of accounts. */
final class UserTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("schema_compatibility_id_check", "exempt: written by scripts only"),
          Map.entry("users_username_key", "ConflictException from add, addIfAvailable"),
          Map.entry("users_username_check", "InvalidInputException from add, addIfAvailable"),
          Map.entry("user_unsupported_third_party_ids_user_id_fk", "exempt: never inserted here"),
          Map.entry(
              "user_emails_user_id_email_folded_key", "ConflictException from add, addIfUnused"),
          Map.entry("user_emails_user_id_fk", "NotFoundException from add, addIfUnused"),
          Map.entry("user_emails_email_check", "InvalidInputException from add, addIfUnused"),
          Map.entry("user_passwords_user_id_fk", "NotFoundException from add"),
          Map.entry("user_passwords_upgraded_from_id_fk", "ConflictException from add"),
          Map.entry("user_passwords_version_check", "InvalidInputException from add"),
          Map.entry(
              "user_passwords_hashed_password_check",
              "exempt: both columns change in one statement"),
          Map.entry("user_passwords_active_key", "exempt: add locks the user first"),
          Map.entry("browser_sessions_user_id_id_key", "exempt: implied by the primary key"),
          Map.entry("browser_sessions_user_id_fk", "NotFoundException from add"),
          Map.entry("browser_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("browser_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry(
              "browser_session_authentications_browser_session_id_fk",
              "NotFoundException from authenticateWith…"),
          Map.entry(
              "browser_session_authentications_user_password_id_fk",
              "NotFoundException from authenticateWithPassword"),
          Map.entry(
              "browser_session_authentications_upstream_session_id_fk",
              "NotFoundException from authenticateWithUpstream"),
          Map.entry("browser_session_authentications_method_check", "exempt: one method each"),
          Map.entry("user_recovery_sessions_email_check", "InvalidInputException from addSession"),
          Map.entry("user_recovery_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("user_recovery_sessions_locale_check", "InvalidInputException from addSession"),
          Map.entry("user_recovery_tickets_ticket_digest_key", "ConflictException from addTicket"),
          Map.entry(
              "user_recovery_tickets_recovery_session_id_fk", "NotFoundException from addTicket"),
          Map.entry("user_recovery_tickets_user_email_id_fk", "NotFoundException from addTicket"),
          Map.entry("user_recovery_tickets_ticket_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("user_registration_tokens_token_key", "ConflictException from add"),
          Map.entry("user_registration_tokens_token_check", "InvalidInputException from add"),
          Map.entry(
              "user_registration_tokens_usage_limit_check",
              "InvalidInputException from add, setUsageLimit, update"),
          Map.entry("user_registration_tokens_times_used_check", "exempt: it only grows"),
          Map.entry("user_terms_user_id_terms_url_key", "exempt: accepting again changes nothing"),
          Map.entry("user_terms_user_id_fk", "NotFoundException from acceptTerms"),
          Map.entry("user_terms_terms_url_check", "InvalidInputException from acceptTerms"),
          Map.entry(
              "user_registrations_email_authentication_id_fk",
              "NotFoundException from setEmailAuthentication"),
          Map.entry(
              "user_registrations_registration_token_id_fk",
              "NotFoundException from setRegistrationToken"),
          Map.entry(
              "user_registrations_upstream_session_id_fk",
              "NotFoundException from setUpstreamOAuthAuthorizationSession"),
          Map.entry("user_registrations_username_check", "InvalidInputException from add"),
          Map.entry(
              "user_registrations_display_name_check", "InvalidInputException from setDisplayName"),
          Map.entry("user_registrations_terms_url_check", "InvalidInputException from setTermsUrl"),
          Map.entry("user_registrations_attached_check", "exempt: written together only"),
          Map.entry("user_registrations_password_check", "InvalidInputException from setPassword"),
          Map.entry("user_registrations_completed_check", "exempt: completing erases the password"),
          Map.entry("user_registrations_user_agent_check", "exempt: the text is cut"),
          Map.entry(
              "user_email_authentications_browser_session_id_fk",
              "NotFoundException from addAuthenticationForSession"),
          Map.entry(
              "user_email_authentications_user_registration_id_fk",
              "NotFoundException from addAuthenticationForRegistration"),
          Map.entry("user_email_authentications_origin_check", "exempt: one origin each"),
          Map.entry(
              "user_email_authentications_email_check",
              "InvalidInputException from addAuthenticationFor…"),
          Map.entry("user_email_authentications_failed_attempts_check", "exempt: it only grows"),
          Map.entry(
              "user_email_authentication_codes_authentication_id_digest_key",
              "ConflictException from addAuthenticationCode"),
          Map.entry(
              "user_email_authentication_codes_authentication_id_fk",
              "NotFoundException from addAuthenticationCode"),
          Map.entry(
              "user_email_authentication_codes_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry(
              "user_email_authentication_codes_expires_at_check",
              "InvalidInputException from addAuthenticationCode"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("schema_compatibility", "exempt: one row"),
          Map.entry("users", "exempt: accounts stay"),
          Map.entry("user_unsupported_third_party_ids", "exempt: only ever deleted"),
          Map.entry("user_emails", "exempt: a few for each account"),
          Map.entry("user_passwords", "exempt: grows with each change of a password, as evidence"),
          Map.entry("browser_sessions", "browser_session.cleanup_finished"),
          Map.entry("browser_session_authentications", "with browser_sessions, by cascade"),
          Map.entry("user_recovery_sessions", "user_recovery.cleanup"),
          Map.entry("user_recovery_tickets", "with user_recovery_sessions, by cascade"),
          Map.entry("user_registration_tokens", "exempt: made by administrators"),
          Map.entry("user_terms", "exempt: evidence, a few for each account"),
          Map.entry("user_registrations", "user_registration.cleanup"),
          Map.entry("user_email_authentications", "user_email.cleanup_authentications"),
          Map.entry(
              "user_email_authentication_codes", "with user_email_authentications, by cascade"));

  private UserTables() {}
}
