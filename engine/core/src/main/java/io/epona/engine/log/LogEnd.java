package io.epona.engine.log;

/**
 * Where the owner goes on in a log that was opened.
 *
 * @param offset            next to be written.
 * @param index             in the active segment.
 * @param epoch             of the last batch, -1 for none.
 * @param appendTimestampNs of the last batch that is known, 0 for none.
 * @param nextIndexEntryAt  index from which the next batch gets an entry in the offset index.
 */
record LogEnd(long offset, int index, int epoch, long appendTimestampNs, int nextIndexEntryAt)
{
}
