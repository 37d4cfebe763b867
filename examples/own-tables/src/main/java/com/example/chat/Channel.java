package com.example.chat;

import java.time.Instant;
import java.util.UUID;

/** Where people talk. */
public record Channel(UUID id, UUID ownerId, String name, Instant createdAt) {}
