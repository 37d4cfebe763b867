package com.example.chat;

import java.time.Instant;
import java.util.UUID;

/**
 * What somebody has said.
 *
 * @param author the name of the account, as it is now
 */
public record Message(UUID id, String author, String text, Instant sentAt) {}
