package io.epona.engine.log;

/**
 * When a log is forced to disk. Sealed segments are forced in any case.
 */
public enum FlushPolicy
{
    /** When the operating system likes: what was appended survives the death of the process, not a power cut. */
    NONE,
    /** At least every {@code flush.interval.ms} while batches are appended. */
    INTERVAL,
    /** Before a batch counts as committed. */
    COMMIT
}
