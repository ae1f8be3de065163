package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a compacted log was given, and what it must therefore still hold. Drives a {@link LogFixture} with random
 * operations; the same seed does the same.
 */
final class CompactionModel
{
    private static final int KEYS = 40;
    private static final int PRODUCERS = 3;
    private static final int MAX_BATCH = 32 * 1024;

    private record Put(int key, int valueLength, long appendNs, boolean isTombstone)
    {
    }

    private record LastBatch(long baseOffset, int baseSequence, int lastOffsetDelta)
    {
    }

    final LogFixture log;
    private final SplittableRandom random;
    private final List<Put> puts = new ArrayList<>();
    private final Map<Long, LastBatch> producers = new HashMap<>();
    private final TreeMap<Long, Integer> epochs = new TreeMap<>();
    private final int[] sequences = new int[PRODUCERS];
    private final UnsafeBuffer staging = new UnsafeBuffer(new byte[MAX_BATCH]);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[64]);
    private final Crc32c crc = new Crc32c();
    private int epoch;
    private int lastWrittenEpoch = -1;

    CompactionModel(final LogFixture log, final long seed)
    {
        this.log = log;
        this.random = new SplittableRandom(seed);
    }

    private int keyBytes(final int number)
    {
        final int length = 4 + number % 29;
        key.setMemory(0, length, (byte)number);
        key.putInt(0, number);
        return length;
    }

    private long valueByte(final long offset)
    {
        return offset * 31 + 7;
    }

    /** Append a batch of a few records, by one of the producers or by none. */
    void append()
    {
        final int count = 1 + random.nextInt(6);
        final int producer = random.nextInt(PRODUCERS + 1) - 1;
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
        builder.begin(staging, 0, MAX_BATCH, log.nowNs);
        if (producer >= 0)
        {
            builder.producer(100 + producer, (short)0, sequences[producer]);
        }
        final long base = puts.size();
        final List<Put> batch = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final int number = random.nextInt(KEYS);
            final boolean isTombstone = 0 == random.nextInt(5);
            final int length = isTombstone ? -1 : 8 + random.nextInt(700);
            if (!isTombstone)
            {
                log.value.setMemory(0, length, (byte)valueByte(base + i));
            }
            assertTrue(builder.append(log.nowNs, key, 0, keyBytes(number), log.value, 0, length));
            batch.add(new Put(number, length, log.nowNs, isTombstone));
        }
        final int length = builder.finish();
        long result = ResultCode.BACK_PRESSURED.code();
        for (int i = 0; i < 10_000 && ResultCode.BACK_PRESSURED.code() == result; i++)
        {
            result = log.appender.appendBatch(staging, 0, length, log.nowNs);
            if (result < 0)
            {
                log.housekeep();
            }
        }
        assertEquals(base, result);
        puts.addAll(batch);
        if (producer >= 0)
        {
            producers.put(100L + producer, new LastBatch(base, sequences[producer], count - 1));
            sequences[producer] += count;
        }
        if (epoch != lastWrittenEpoch)
        {
            epochs.put(base, epoch);
            lastWrittenEpoch = epoch;
        }
    }

    /** The last batch of each producer is known as one that was written, and no other is taken but the next. */
    void verifyProducers()
    {
        producers.forEach(
            (id, last) ->
            {
                final int count = last.lastOffsetDelta + 1;
                assertEquals(last.baseOffset, resend(id, last.baseSequence, count));
                assertEquals(
                    ResultCode.OUT_OF_ORDER_SEQUENCE.code(), resend(id, last.baseSequence + count + 1, count));
            });
    }

    private long resend(final long producerId, final int sequence, final int count)
    {
        final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
        builder.begin(staging, 0, MAX_BATCH, log.nowNs).producer(producerId, (short)0, sequence);
        for (int i = 0; i < count; i++)
        {
            assertTrue(builder.append(log.nowNs, key, 0, keyBytes(i), log.value, 0, 8));
        }
        final int length = builder.finish();
        long result;
        do
        {
            log.housekeep();
            result = log.appender.appendBatch(staging, 0, length, log.nowNs);
        }
        while (ResultCode.BACK_PRESSURED.code() == result);

        return result;
    }

    void append(final int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            append();
            log.nowNs += 1_000_000;
        }
    }

    void nextEpoch()
    {
        log.log.leaderEpoch(++epoch);
    }

    /** Time passes, so that segments are forced and compacted; everything that can be done is done. */
    void pass(final long seconds)
    {
        log.nowNs += seconds * 1_000_000_000L;
        log.settle();
        // a check is due once in a second
        log.nowNs += 2_000_000_000L;
        log.settle();
    }

    void reopen(final boolean isClean) throws IOException
    {
        final CleanState state = isClean ? log.close() : null;
        // The life that was ended may have held the memory for keys.
        log.cleaner = new LogCleaner(4 << 20);
        log.open(state);
        log.log.leaderEpoch(epoch);
    }

    int random(final int bound)
    {
        return random.nextInt(bound);
    }

    long size()
    {
        return puts.size();
    }

    /** A killed process loses nothing that it stored. */
    void checkEnd()
    {
        assertEquals(puts.size(), log.log.logEnd());
    }

    void check(final long record, final Record found)
    {
        final Put put = puts.get((int)record);
        final int length = keyBytes(put.key);
        assertEquals(length, found.keyLength());
        for (int i = 0; i < length; i++)
        {
            assertEquals(key.getByte(i), found.buffer().getByte(found.keyIndex() + i));
        }
        assertEquals(put.valueLength, found.valueLength());
        for (int i = 0; i < put.valueLength; i++)
        {
            if ((byte)valueByte(record) != found.buffer().getByte(found.valueIndex() + i))
            {
                throw new AssertionError("value of " + record + " differs at " + i);
            }
        }
    }

    /** Everything that must hold at any time. */
    void verify(final long deleteRetentionNs)
    {
        final Set<Long> found = records();
        final long start = log.log.logStart();
        final Map<Integer, Long> last = new HashMap<>();
        final Map<Integer, Long> lastFound = new HashMap<>();
        for (long offset = start; offset < puts.size(); offset++)
        {
            last.put(puts.get((int)offset).key, offset);
            if (found.contains(offset))
            {
                lastFound.put(puts.get((int)offset).key, offset);
            }
        }
        for (final Map.Entry<Integer, Long> entry : last.entrySet())
        {
            final Put put = puts.get(entry.getValue().intValue());
            final Long seen = lastFound.get(entry.getKey());
            if (null == seen)
            {
                assertTrue(put.isTombstone, "record " + entry.getValue() + " is lost");
                assertTrue(
                    log.nowNs - put.appendNs >= deleteRetentionNs, "tombstone " + entry.getValue() + " went early");
            }
            else
            {
                assertEquals(entry.getValue(), seen, "an older record came back");
            }
        }
        verifyBatches();
    }

    private Set<Long> records()
    {
        final Set<Long> found = new HashSet<>();
        try (LogReader reader = log.log.newReader())
        {
            final long[] last = { log.log.logStart() - 1 };
            int result;
            do
            {
                result = log.poll(
                    reader,
                    (record) ->
                    {
                        assertTrue(record.offset() > last[0], "offsets rise");
                        last[0] = record.offset();
                        check(record.offset(), record);
                        found.add(record.offset());
                    },
                    7);
                assertTrue(result >= 0);
            }
            while (result > 0);
            assertEquals(puts.size(), reader.position(), "gaps at the end are passed");
        }

        return found;
    }

    /** Batches are whole and follow each other without a hole; epochs begin where they did; producers are known. */
    private void verifyBatches()
    {
        final Map<Long, LastBatch> seen = new HashMap<>();
        final long[] next = { -1 };
        final int[] lastEpoch = { -1 };
        try (LogReader reader = log.log.newReader())
        {
            int result;
            do
            {
                result = log.pollBatches(
                    reader,
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
                        copy.putBytes(0, buffer, index, length);
                        int at = 0;
                        while (at < length)
                        {
                            final int batchLength = RecordBatchDescriptor.length(copy, at);
                            assertTrue(BatchValidator.isHeaderValid(copy, at, crc));
                            assertEquals(0, BatchValidator.validateBody(copy, at, batchLength, crc));
                            final long base = RecordBatchDescriptor.baseOffset(copy, at);
                            assertTrue(-1 == next[0] || base == next[0], "a hole before " + base);
                            next[0] = RecordBatchDescriptor.nextOffset(copy, at);
                            checkEpoch(base, next[0], RecordBatchDescriptor.leaderEpoch(copy, at), lastEpoch);
                            final long producer = RecordBatchDescriptor.producerId(copy, at);
                            if (producer >= 0)
                            {
                                seen.put(producer, new LastBatch(
                                    base,
                                    RecordBatchDescriptor.baseSequence(copy, at),
                                    RecordBatchDescriptor.lastOffsetDelta(copy, at)));
                            }
                            at += batchLength;
                        }
                        return true;
                    },
                    9000);
                assertTrue(result >= 0);
            }
            while (result > 0);
        }
        assertEquals(puts.isEmpty() ? -1 : puts.size(), next[0]);
        producers.forEach(
            (id, last) ->
            {
                if (last.baseOffset >= log.log.logStart())
                {
                    assertEquals(last, seen.get(id), "last batch of producer " + id);
                }
                // Also where retention took the batch.
                assertEquals(
                    last.baseSequence + last.lastOffsetDelta, log.appender.lastSequence(id), "of producer " + id);
            });
    }

    private void checkEpoch(final long base, final long next, final int found, final int[] lastEpoch)
    {
        assertEquals(epochs.floorEntry(base).getValue(), found, "epoch of " + base);
        assertEquals(epochs.floorKey(base), epochs.floorKey(next - 1), "one epoch in a batch");
        if (lastEpoch[0] != found && -1 != lastEpoch[0])
        {
            assertEquals(base, epochs.floorKey(base), "begin of epoch " + found);
        }
        lastEpoch[0] = found;
    }

    /** Below the clean end each key is there once. */
    long verifyCompacted() throws IOException
    {
        final CompactionProgress progress = new CompactionProgress(new FileStorage(), log.directory);
        assertNull(progress.load());
        final Set<Integer> keys = new HashSet<>();
        for (final long offset : records())
        {
            if (offset < progress.cleanEnd())
            {
                assertTrue(keys.add(puts.get((int)offset).key), "key of " + offset + " is there twice");
            }
        }

        return progress.cleanEnd();
    }

    void verifyNoLeftovers() throws IOException
    {
        for (final Path file : log.storage.list(log.directory))
        {
            final String name = file.getFileName().toString();
            assertFalse(name.endsWith(CompactionFiles.CLEANED_SUFFIX) || name.endsWith(CompactionFiles.SWAP_SUFFIX));
        }
    }
}
