package dev.authstore.model.queue;

import java.util.UUID;

/** A registered worker process, by which it names itself in every call. */
public record QueueWorker(UUID id) {}
