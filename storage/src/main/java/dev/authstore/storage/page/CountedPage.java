package dev.authstore.storage.page;

/**
 * A page of a list together with the size of the list, as of one instant.
 *
 * @param total how many match the filter, on whatever page; also of an empty page
 */
public record CountedPage<T>(Page<T> page, long total) {}
