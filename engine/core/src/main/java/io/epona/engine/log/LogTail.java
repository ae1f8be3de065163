package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import java.util.concurrent.TimeUnit;

/**
 * Where the owner of a log writes: the end of the segment that grows, and how it goes on to the next one. The part of
 * {@link LogAppender} that owns these fields; one object with it, for what is read with every batch.
 */
abstract class LogTail
{
    final LogState state;
    final LogPositions positions;
    final Crc32c crc = new Crc32c();
    final int maxBatchLength;
    Segment active;
    UnsafeBuffer buffer;
    int tail;
    long logEnd;
    long lastAppendNs;

    /** Asked for a sync after every batch where that commits it; else null. */
    private final LogFlusher committer;
    private final LeaderEpochs epochs;
    private final boolean isReplicated;
    private final long segmentNs;
    private SegmentIndex segmentIndex;
    /** Last prepared limit that was seen: read again only when a batch does not fit. */
    private int limit;
    private int nextIndexEntryAt;
    private long position;
    /** Append time from which on the active segment is too old; none while it is empty. */
    private long rollAtNs = Long.MAX_VALUE;
    private volatile int lastEpoch;

    LogTail(final LogState state, final LogFlusher committer, final LogConfig config, final LeaderEpochs epochs)
    {
        this.state = state;
        this.positions = state.positions;
        this.isReplicated = positions.isReplicated();
        this.committer = committer;
        this.epochs = epochs;
        this.segmentNs = TimeUnit.MILLISECONDS.toNanos(config.segmentMs());
        this.maxBatchLength =
            Math.min(config.maxMessageBytes(), config.segmentBytes() - SegmentDescriptor.HEADER_LENGTH);
    }

    /** Go on in a segment: that of a log that was opened, or that was cut. */
    final void goOn(final Segment segment, final LogEnd end)
    {
        active = segment;
        buffer = active.buffer();
        segmentIndex = active.index();
        tail = end.index();
        limit = active.preparedLimit();
        nextIndexEntryAt = segmentIndex.nextEntryAt();
        logEnd = end.offset();
        lastAppendNs = end.appendTimestampNs();
        rollAtNs = Long.MAX_VALUE;
        if (tail > SegmentDescriptor.HEADER_LENGTH)
        {
            ageFrom(RecordBatchDescriptor.appendTimestamp(buffer, SegmentDescriptor.HEADER_LENGTH));
        }
        lastEpoch = end.epoch();
        if (lastEpoch > epochs.lastEpoch())
        {
            // No batch is left of it, and the next one may be of it too.
            epochs.onAppend(lastEpoch, logEnd);
        }
    }

    /**
     * @return epoch of the last batch, -1 where there never was one. Any thread.
     */
    final int lastEpoch()
    {
        return lastEpoch;
    }

    /**
     * See that a batch of a length can be written at the tail.
     *
     * @return 0, or the code to refuse with.
     */
    final int room(final int length, final long nowNs)
    {
        final int refusal = state.appendRefusal();
        if (refusal < 0)
        {
            return refusal;
        }

        if (nowNs >= rollAtNs)
        {
            leaveOldSegment(length);
        }

        return length <= limit - tail && length <= maxBatchLength ? 0 : findRoom(length);
    }

    private void ageFrom(final long firstAppendNs)
    {
        rollAtNs = firstAppendNs > Long.MAX_VALUE - segmentNs ? Long.MAX_VALUE : firstAppendNs + segmentNs;
    }

    /** Where nothing is prepared yet, it is asked for, and the log goes on in the old segment until then. */
    private void leaveOldSegment(final int length)
    {
        final Segment next = state.prepared();
        if (null == next)
        {
            state.isSpareWanted(true);
        }
        else if (length <= next.preparedLimit() - SegmentDescriptor.HEADER_LENGTH)
        {
            roll(next);
        }
    }

    private int findRoom(final int length)
    {
        if (length > maxBatchLength)
        {
            return ResultCode.RECORD_TOO_LARGE.code();
        }

        limit = active.preparedLimit();
        if (length <= limit - tail)
        {
            return 0;
        }

        if (length > active.capacity() - tail)
        {
            final Segment next = state.prepared();
            if (null != next && length <= next.preparedLimit() - SegmentDescriptor.HEADER_LENGTH)
            {
                roll(next);
                return 0;
            }
        }

        if (length > state.wantedLength())
        {
            state.wantedLength(length);
        }
        state.counters.increment(LogCounters.RUNWAY_MISSES);

        return ResultCode.BACK_PRESSURED.code();
    }

    /**
     * Leave the active segment for the prepared one. The header goes into the mapping only; the housekeeper makes it
     * durable and gives the file its name, and recovery finds the file under either name.
     */
    private void roll(final Segment next)
    {
        final ByteBuffer checksumView = next.checksumView();
        if (null != checksumView)
        {
            crc.adoptView(next.buffer().byteBuffer(), checksumView);
        }
        SegmentDescriptor.encode(
            next.buffer(), state.topicId, state.partition, logEnd, next.createdNs(), next.capacity(),
            next.file().isReused() ? SegmentDescriptor.FLAG_REUSED : 0, crc);
        // A segment that was left without a batch gives its place to this one.
        next.previousBaseOffset(active.baseOffset() == logEnd ? active.previousBaseOffset() : active.baseOffset());
        if (SegmentDescriptor.NO_LINK != next.previousBaseOffset())
        {
            SegmentDescriptor.link(next.buffer(), next.previousBaseOffset(), crc);
        }
        next.begin(logEnd, position, SegmentDescriptor.HEADER_LENGTH);

        active.endIndex(tail);
        state.prepared(null);
        // The end is stored before this release, and this before those of log end and high watermark.
        active.next(next);

        if (state.isSpareWanted())
        {
            state.isSpareWanted(false);
        }
        rollAtNs = Long.MAX_VALUE;
        active = next;
        buffer = next.buffer();
        segmentIndex = next.index();
        tail = SegmentDescriptor.HEADER_LENGTH;
        limit = next.preparedLimit();
        nextIndexEntryAt = segmentIndex.nextEntryAt();
        state.counters.increment(LogCounters.ROLLS);
    }

    /** Stamp what stands at the tail and publish it. */
    final long publish(final long nowNs, final int length, final int count, final int epoch)
    {
        final long offset = logEnd;
        final long appendNs = Math.max(lastAppendNs, nowNs);
        RecordBatchDescriptor.stamp(buffer, tail, offset, epoch, appendNs, crc);
        publishStamped(offset, offset + count, epoch, appendNs, length);

        return offset;
    }

    /**
     * Publish the batch that stands at the tail as somebody stamped it.
     *
     * @param offset     of its first record.
     * @param nextOffset that follows it.
     * @param epoch      of it, not below the last one.
     * @param appendNs   of it.
     * @param length     in bytes.
     */
    final void publishStamped(
        final long offset, final long nextOffset, final int epoch, final long appendNs, final int length)
    {
        final int batchIndex = tail;
        if (batchIndex >= nextIndexEntryAt)
        {
            segmentIndex.add(offset - active.baseOffset(), batchIndex, appendNs);
            nextIndexEntryAt = segmentIndex.nextEntryAt();
        }
        if (epoch != lastEpoch)
        {
            lastEpoch = epoch;
            epochs.trimStart(positions.logStart());
            epochs.onAppend(epoch, offset);
        }

        if (SegmentDescriptor.HEADER_LENGTH == batchIndex)
        {
            ageFrom(appendNs);
        }
        lastAppendNs = appendNs;
        tail = batchIndex + length;
        position += length;
        logEnd = nextOffset;
        positions.publish(position, nextOffset);
        if (!isReplicated)
        {
            // One replica: what is in this log is committed.
            positions.highWatermark(nextOffset);
        }
        if (null != committer)
        {
            committer.request();
        }
    }
}
