package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.PartitionReader;
import org.agrona.DirectBuffer;

/**
 * Finds the first offset of a time; {@link PartitionReader#offsetForTimestamp} documents the contract.
 * <p>
 * The batch is found by its append time, which never falls within a log: the range of offsets in which the first batch
 * of that time lies is made smaller by looking at one batch header after the other. Indexes only say at which to look
 * next, so what they say is never believed: at first the first batches of segments, then the two entries of one
 * segment's index between which the time lies, then what is left between these.
 * <p>
 * Where readers are told the append time, the answer is the first record of that batch: all of its records have the
 * same. Where they are told the producers' times, which promise no order, it is the first record from that batch on
 * whose own time is the one sought or later, among the next {@value #LOOK_AHEAD} records: a record is created before
 * it is appended, by fewer than that in a log that is written as it happens. Where none of these has such a time, as
 * when old records are imported, it is the first record of the batch, so that nothing appended since is passed over.
 * <p>
 * Owned by a reader, and used by its thread. Allocates nothing.
 */
final class TimeSearch implements PartitionReader.BatchesHandler, RecordHandler
{
    static final int LOOK_AHEAD = 16 * 1024;
    private static final int RECORDS_PER_CALL = 1024;
    private static final int BACK_PRESSURED = ResultCode.BACK_PRESSURED.code();

    private final LogState state;
    private final LogReader probe;
    private long sought;
    private long low;
    private long high;
    private long first;
    private long end;
    private long found;
    private long foundTimestampNs;
    private int lookedAt;
    private boolean isRunning;
    private boolean isBatchFound;

    private boolean isSeen;
    private long seenTimestampNs;
    private long seenOffset;
    private long seenNextOffset;
    private boolean isMatched;

    TimeSearch(final LogState state)
    {
        this.state = state;
        this.probe = new LogReader(state);
    }

    void close()
    {
        probe.close();
    }

    /**
     * @return offset, {@link LogReader#NO_OFFSET}, BACK_PRESSURED where it waits for the disk, or another negative
     *         code.
     */
    long find(final long timestampNs)
    {
        if (!isRunning || timestampNs != sought)
        {
            begin(timestampNs);
        }

        long result = isBatchFound ? 0 : findBatch();
        if (0 == result)
        {
            isBatchFound = true;
            result = LogReader.NO_OFFSET == found ? LogReader.NO_OFFSET : findRecord();
        }
        isRunning = BACK_PRESSURED == result;

        return result;
    }

    /**
     * @return time that readers are told of the record found; where none was that late, when its batch was appended.
     */
    long foundTimestampNs()
    {
        return foundTimestampNs;
    }

    private void begin(final long timestampNs)
    {
        sought = timestampNs;
        first = state.positions.logStart();
        end = state.positions.committedEnd();
        low = first;
        high = end;
        found = LogReader.NO_OFFSET;
        foundTimestampNs = LogReader.NO_OFFSET;
        lookedAt = 0;
        isMatched = false;
        isBatchFound = false;
    }

    private long findBatch()
    {
        while (low < high)
        {
            final long offset = nextProbe();
            final long moved = probe.position() == offset ? 0 : probe.seek(offset);
            isSeen = false;
            final long read = moved < 0 ? moved : probe.pollBatches(this, 0);
            if (read < 0)
            {
                return read;
            }
            if (!isSeen)
            {
                return BACK_PRESSURED;
            }
            if (seenTimestampNs >= sought)
            {
                found = Math.max(first, seenOffset);
                foundTimestampNs = seenTimestampNs;
                high = Math.min(offset, seenOffset);
            }
            else
            {
                low = Math.max(offset + 1, seenNextOffset);
            }
        }

        return 0;
    }

    /** An offset from low to high at which to look: any one is right, a good one saves others. */
    private long nextProbe()
    {
        final Segment[] segments = state.directory();
        final int of = floor(segments, low);
        final int to = floor(segments, high - 1);
        if (of < to)
        {
            return segments[(of + to + 1) >>> 1].baseOffset();
        }

        final long middle = low + (high - low) / 2;
        if (of < 0)
        {
            return middle;
        }
        final Segment segment = segments[of];
        final SegmentIndex index = segment.index();
        if (null == index)
        {
            state.wantIndex(segment);
            return middle;
        }

        segment.isIndexUsed(true);
        final int entry = index.lowerOfTime(sought);
        final long before = entry < 0 ? -1 : segment.baseOffset() + index.offsetDelta(entry);
        if (before >= low && before < high)
        {
            return before;
        }
        final long behind = entry + 1 >= index.count() ? -1 : segment.baseOffset() + index.offsetDelta(entry + 1);

        return behind >= low && behind < high ? behind : middle;
    }

    private static int floor(final Segment[] segments, final long offset)
    {
        int low = 0;
        int high = segments.length - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    private long findRecord()
    {
        if (TimestampType.LOG_APPEND_TIME == state.timestampType)
        {
            return found;
        }
        if (0 == lookedAt && probe.position() != found)
        {
            final long moved = probe.seek(found);
            if (moved < 0)
            {
                return moved;
            }
        }

        final int handled = probe.poll(this, RECORDS_PER_CALL);
        lookedAt += Math.max(0, handled);
        if (handled < 0 || isMatched || lookedAt >= LOOK_AHEAD || probe.position() >= end)
        {
            return handled < 0 ? handled : found;
        }

        return BACK_PRESSURED;
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        isSeen = true;
        seenTimestampNs = RecordBatchDescriptor.appendTimestamp(buffer, index);
        seenOffset = baseOffset;
        seenNextOffset = nextOffset;

        return false;
    }

    @Override
    public void onRecord(final Record record)
    {
        if (!isMatched && record.timestampNs() >= sought)
        {
            isMatched = true;
            found = record.offset();
            foundTimestampNs = record.timestampNs();
        }
    }
}
