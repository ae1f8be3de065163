package io.epona.engine.log;

/**
 * Where the owner goes on in a log that was opened.
 *
 * @param offset            next to be written.
 * @param index             in the active segment.
 * @param epoch             of the last batch, -1 for none.
 * @param appendTimestampNs of the last batch that is known, 0 for none.
 */
record LogEnd(long offset, int index, int epoch, long appendTimestampNs)
{
}
