package io.epona.engine.log;

/**
 * What is known of a log from outside its own files, when it is inspected.
 *
 * @param isLive        whether an engine may be writing to it: bytes behind the end are normal then, and segments may
 *                      come and go.
 * @param cleanState    how it was closed, or null where it was not closed in order or that is not known.
 * @param recoveryPoint first offset of which it is not known to be on disk, {@link #UNKNOWN} where none is recorded.
 * @param logStart      first offset that was kept: segments wholly below it are rests of what was taken away.
 */
public record LogFacts(boolean isLive, CleanState cleanState, long recoveryPoint, long logStart)
{
    /** Recovery point of a log of which none is recorded. */
    public static final long UNKNOWN = -1;
}
