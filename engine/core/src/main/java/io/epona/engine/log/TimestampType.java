package io.epona.engine.log;

/**
 * Which time of a record readers are told. Both are stored in every batch.
 */
public enum TimestampType
{
    /** The producer's. */
    CREATE_TIME,
    /** That of the append, never falling within a log. */
    LOG_APPEND_TIME
}
