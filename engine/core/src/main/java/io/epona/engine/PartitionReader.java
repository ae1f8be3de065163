package io.epona.engine;

import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.log.LogReader;
import org.agrona.DirectBuffer;

/**
 * Reads a partition from the mapped log itself, up to the high watermark. Made on any thread, then used by one thread
 * at a time.
 * <p>
 * What was not written or read lately is on disk only: there a poll returns 0 and {@link #isWaiting()} says so.
 * <p>
 * Memory is pinned only inside a call: what a handler is given is valid until it returns. The position survives
 * between calls; when retention has passed it, the next call says OFFSET_OUT_OF_RANGE, and when the log was cut below
 * it, TRUNCATED, until the caller seeks.
 */
public final class PartitionReader implements AutoCloseable
{
    /** Result of {@link #offsetForTimestamp} where nothing was appended at that time or later. */
    public static final long NO_OFFSET = LogReader.NO_OFFSET;

    private final LogReader reader;

    /**
     * For who keeps logs without an engine.
     *
     * @param reader of a log, closed with this.
     */
    public PartitionReader(final LogReader reader)
    {
        this.reader = reader;
    }

    /**
     * Hand over the records from the position on. A handler that throws ends the poll; the position then stays at
     * the record for which it threw.
     *
     * @param handler called for each record.
     * @param limit   of records, at least 1.
     * @return number of records handled, 0 where none is committed behind the position or the next one is not in
     *         memory ({@link #isWaiting()}); or OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC after the topic was deleted,
     *         TRUNCATED, PARTITION_FENCED where no batch can be read at the position, CLOSED.
     */
    public int poll(final RecordHandler handler, final int limit)
    {
        return reader.poll(handler, limit);
    }

    /**
     * Hand over one range of whole batches that lie behind each other in memory, from the one that holds the position
     * on. The range ends at the high watermark, at the end of a segment, or before it would exceed the length.
     *
     * @param handler   called at most once.
     * @param maxLength of the range in bytes; a first batch that is longer is handed over alone.
     * @return bytes handed over and accepted, 0 where there are none or they are not in memory
     *         ({@link #isWaiting()}); or a negative code as from {@link #poll}.
     */
    public int pollBatches(final BatchesHandler handler, final int maxLength)
    {
        return reader.pollBatches(handler, maxLength);
    }

    /**
     * Move to an offset.
     *
     * @param offset from which to read, at least the first kept and at most the high watermark.
     * @return 0, or OFFSET_OUT_OF_RANGE (the position is unchanged), UNKNOWN_TOPIC, CLOSED.
     */
    public long seek(final long offset)
    {
        return reader.seek(offset);
    }

    /**
     * Move to the first offset kept.
     *
     * @return 0, or UNKNOWN_TOPIC, CLOSED.
     */
    public long seekToEarliest()
    {
        return reader.seekToEarliest();
    }

    /**
     * Move to the high watermark: only what is committed from now on will be read.
     *
     * @return 0, or UNKNOWN_TOPIC, CLOSED.
     */
    public long seekToLatest()
    {
        return reader.seekToLatest();
    }

    /**
     * Tell a wait for the disk from the end of the log after a poll that returned 0. A reader never waits for the disk
     * itself: what is not in memory is read ahead by the housekeeper, which the poll has asked for, and the caller
     * polls again later.
     *
     * @return whether the last poll stopped at records that were not in memory.
     */
    public boolean isWaiting()
    {
        return reader.isWaiting();
    }

    /**
     * Ask cheaply, for many readers in turn, whether to poll.
     *
     * @return false while what the last poll stopped at is not in memory; else true, also where nothing may be there.
     */
    public boolean isPollDue()
    {
        return reader.isPollDue();
    }

    /**
     * @return offset of the next record to be handed over.
     */
    public long position()
    {
        return reader.position();
    }

    /**
     * Take the reader out of the partition's table. Idempotent. By the thread that uses the reader.
     */
    @Override
    public void close()
    {
        reader.close();
    }

    /**
     * Find the first offset of a time, to seek to it. Moves nothing. Never blocks: a search that has to wait for the
     * disk, or that has done enough for one call, is to be gone on with by calling again with the same time.
     * <p>
     * Found is the first committed batch whose append time is the time or later. Where {@code message.timestamp.type}
     * is LogAppendTime the answer is its first record, exactly the first one that reports the time or later. Where it
     * is CreateTime, records report what producers say, in any order: the answer is the first record of this and the
     * following batches, within 16,384 records, that reports the time or later, else the batch's first record.
     *
     * @param timestampNs epoch ns.
     * @return the offset; {@link #NO_OFFSET} where nothing was appended at that time or later; BACK_PRESSURED to call
     *         again; another negative code: UNKNOWN_TOPIC (deleted), CLOSED, OFFSET_OUT_OF_RANGE where retention
     *         passed the search.
     */
    public long offsetForTimestamp(final long timestampNs)
    {
        return reader.offsetForTimestamp(timestampNs);
    }

    /**
     * @return time that the record reports which the last search by time found, epoch ns; where none of those looked at
     *         was that late, the append time of its batch; -1 where nothing was found.
     */
    public long foundTimestampNs()
    {
        return reader.foundTimestampNs();
    }

    /**
     * Takes a range of whole batches.
     */
    @FunctionalInterface
    public interface BatchesHandler
    {
        /**
         * @param buffer     holding the batches; valid only during the call.
         * @param index      of the first batch.
         * @param length     of all of them in bytes.
         * @param baseOffset of the first batch; below the reader's position where that lies within the batch.
         * @param nextOffset offset that follows the last batch.
         * @return false where the range could not be taken: the position stays.
         */
        boolean onBatches(DirectBuffer buffer, int index, int length, long baseOffset, long nextOffset);
    }
}
