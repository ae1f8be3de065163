package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordDescriptor;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The first half of a compaction: walks the segments, finds where they end and which batch is the last of each
 * producer, and puts the records that were not compacted yet into the map, as far as they fit and are old enough.
 * Owned by the housekeeper.
 */
final class CompactionScan
{
    private static final int STEP_LENGTH = 512 * 1024;
    /** Of more producers the last batches are all kept. */
    private static final int PRODUCERS_MAX = 1 << 20;
    private static final long UNKNOWN = -1;

    private final List<Segment> segments;
    private final int[] usedLengths;
    private final CompactionMap map;
    private final Long2LongHashMap lastBatches = new Long2LongHashMap(UNKNOWN);
    private final long begin;
    private final long lagEndNs;
    private long end = UNKNOWN;
    private boolean isFull;
    private int current;
    private int index = SegmentDescriptor.HEADER_LENGTH;
    private long offset;
    private String damage;

    /**
     * @param segments sealed ones, in the order of the log, at least one.
     * @param cleanEnd first offset that was not compacted yet.
     * @param lagEndNs time from which on records are too young.
     * @param map      to be filled, after it was prepared.
     * @param seed     of its hash.
     */
    CompactionScan(
        final List<Segment> segments,
        final long cleanEnd,
        final long lagEndNs,
        final CompactionMap map,
        final long seed)
    {
        this.segments = segments;
        this.usedLengths = new int[segments.size()];
        this.map = map;
        this.lagEndNs = lagEndNs;
        this.offset = segments.get(0).baseOffset();
        final long limit = segments.get(segments.size() - 1).next().baseOffset();
        this.begin = Math.min(limit, Math.max(cleanEnd, offset));
        final UnsafeBuffer[] buffers = new UnsafeBuffer[segments.size()];
        for (int i = 0; i < buffers.length; i++)
        {
            buffers[i] = segments.get(i).buffer();
        }
        map.begin(buffers, limit - begin, seed);
    }

    /**
     * Go on.
     *
     * @return whether it is over: at the end, with the map full, or at damage.
     */
    boolean step()
    {
        int left = STEP_LENGTH;
        while (left > 0)
        {
            if (current == segments.size())
            {
                end = UNKNOWN == end ? offset : end;
                return true;
            }
            final Segment segment = segments.get(current);
            if (offset >= segment.next().baseOffset())
            {
                usedLengths[current++] = index;
                index = SegmentDescriptor.HEADER_LENGTH;
                if (UNKNOWN != end && offset >= end)
                {
                    return true;
                }
                continue;
            }

            final UnsafeBuffer log = segment.buffer();
            final int length = batchLength(log, index, segment.capacity());
            if (length < 0 || RecordBatchDescriptor.baseOffset(log, index) != offset)
            {
                damage = segment.file().path() + " at " + index + ": no batch with offset " + offset;
                return true;
            }
            pass(log);
            if (UNKNOWN != end && SegmentDescriptor.HEADER_LENGTH == index && end <= offset)
            {
                // The segment begins behind the end: it is left out.
                return true;
            }
            offset = RecordBatchDescriptor.nextOffset(log, index);
            index += length;
            left -= length;
        }

        return false;
    }

    private void pass(final UnsafeBuffer log)
    {
        final long producerId = RecordBatchDescriptor.producerId(log, index);
        if (producerId >= 0 && (lastBatches.size() < PRODUCERS_MAX || lastBatches.containsKey(producerId)))
        {
            lastBatches.put(producerId, offset);
        }
        if (UNKNOWN != end || RecordBatchDescriptor.nextOffset(log, index) <= begin)
        {
            return;
        }
        if (RecordBatchDescriptor.appendTimestamp(log, index) > lagEndNs)
        {
            end = Math.max(begin, offset);
            return;
        }
        if (0 == (RecordBatchDescriptor.attributes(log, index) & RecordBatchDescriptor.CONTROL_FLAG))
        {
            putRecords(log);
        }
    }

    private void putRecords(final UnsafeBuffer log)
    {
        long recordOffset = offset;
        int recordIndex = index + RecordBatchDescriptor.HEADER_LENGTH;
        for (int i = RecordBatchDescriptor.recordCount(log, index); i > 0; i--)
        {
            final int keyLength = log.getInt(recordIndex + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
            if (recordOffset >= begin && keyLength >= 0 && !map.put(current, recordIndex, recordOffset))
            {
                end = recordOffset;
                isFull = true;
                return;
            }
            recordOffset += Math.max(1, SegmentRewriter.gapLength(log, recordIndex));
            recordIndex = SegmentRewriter.nextRecord(log, recordIndex);
        }
    }

    static int batchLength(final UnsafeBuffer log, final int batchIndex, final int limit)
    {
        return BatchValidator.plausibleLength(log, batchIndex, limit - batchIndex);
    }

    /**
     * @return what was found damaged, or null.
     */
    String damage()
    {
        return damage;
    }

    /**
     * @return first offset that was not compacted before.
     */
    long begin()
    {
        return begin;
    }

    /**
     * @return first offset that is left alone this time.
     */
    long end()
    {
        return end;
    }

    /**
     * @return whether the memory for keys was too small for all of it.
     */
    boolean isFull()
    {
        return isFull;
    }

    /**
     * @return number of segments with an offset below the end.
     */
    int segmentCount()
    {
        return current;
    }

    List<Segment> segments()
    {
        return segments;
    }

    Segment segment(final int number)
    {
        return segments.get(number);
    }

    int usedLength(final int number)
    {
        return usedLengths[number];
    }

    boolean isLastOfProducer(final long producerId, final long baseOffset)
    {
        final long last = lastBatches.get(producerId);
        return UNKNOWN == last || baseOffset == last;
    }
}
