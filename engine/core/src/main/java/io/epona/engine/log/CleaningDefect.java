package io.epona.engine.log;

/**
 * Known ways to get retention and compaction wrong, planted for the simulator, which has to find them. A log only ever
 * runs with {@link #NONE} in production. Immutable: any thread.
 */
public enum CleaningDefect
{
    /** As it should be. */
    NONE,
    /** What is not committed yet may go, and makes what is committed go. */
    PAST_COMMIT,
    /** The first batch of an epoch may go without a trace. */
    FIRST_OF_EPOCH
}
