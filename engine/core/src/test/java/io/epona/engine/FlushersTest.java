package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The flushers' threads, with a disk that takes as long as a test wants. */
@Timeout(60)
class FlushersTest
{
    private static final Map<String, String> COMMIT = Map.of("flush.policy", "commit");

    /** Lets syncs of segments through one by one. */
    private static final class SlowDisk implements FaultyStorage.ForceListener
    {
        private final Semaphore permits = new Semaphore(0);
        private final AtomicInteger waiting = new AtomicInteger();
        private final AtomicInteger forced = new AtomicInteger();
        private volatile boolean isSlow;
        private volatile boolean isBroken;

        @Override
        public void beforeForce(final Path file) throws IOException
        {
            if (isSlow)
            {
                waiting.incrementAndGet();
                awaitPermit();
                waiting.decrementAndGet();
            }
            if (isBroken)
            {
                throw new IOException("Input/output error");
            }
            forced.incrementAndGet();
        }

        /** With an end, so that a test that failed can close its engine. */
        private void awaitPermit() throws IOException
        {
            try
            {
                if (!permits.tryAcquire(20, TimeUnit.SECONDS))
                {
                    throw new IOException("no permit");
                }
            }
            catch (final InterruptedException ex)
            {
                throw new IOException(ex);
            }
        }

        void recover()
        {
            isSlow = false;
            permits.release(1000);
        }
    }

    @TempDir
    private Path temp;

    private final UnsafeBuffer value = new UnsafeBuffer(new byte[1000]);
    private final FaultyStorage storage = new FaultyStorage();
    private final SlowDisk disk = new SlowDisk();
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

    private Engine launch(final int flushThreads)
    {
        storage.forceListener = disk;
        return Engine.launch(new Engine.Context()
            .dataDir(temp.resolve("data"))
            .storage(storage)
            .flushThreads(flushThreads)
            .errorHandler(errors::add));
    }

    @AfterEach
    void recover()
    {
        disk.recover();
    }

    private static void await(final BooleanSupplier condition)
    {
        while (!condition.getAsBoolean())
        {
            LockSupport.parkNanos(100_000);
        }
    }

    private void append(final Partition partition)
    {
        long result;
        do
        {
            result = partition.append(value, 0, value.capacity());
        }
        while (ResultCode.BACK_PRESSURED.code() == result);
        assertTrue(result >= 0, "refused");
    }

    @Test
    void shouldCommitNothingBeforeItsSyncReturnedAndKeepTheRunwayAheadMeanwhile()
    {
        try (Engine engine = launch(1))
        {
            engine.createTopic("t", 1, COMMIT);
            final Partition partition = engine.partition("t", 0);
            append(partition);
            await(() -> 1 == partition.highWatermark());

            disk.isSlow = true;
            append(partition);
            await(() -> 1 == disk.waiting.get());
            assertEquals(1, partition.flushedEnd());
            // More than runway and spare segment hold, while the one flusher waits.
            for (int i = 0; i < 2000; i++)
            {
                append(partition);
            }
            assertEquals(2002, partition.logEnd());
            assertEquals(1, partition.highWatermark());
            assertEquals(1, partition.flushedEnd());

            disk.permits.release();
            await(() -> 1 != partition.flushedEnd());
            assertTrue(partition.flushedEnd() < 2002, "what came after the sync began is not in it");
            disk.recover();
            await(() -> 2002 == partition.highWatermark());
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldCommitWhatManyWaitForInOneSync()
    {
        try (Engine engine = launch(1))
        {
            engine.createTopic("t", 4, COMMIT);
            final List<Partition> partitions = List.of(
                engine.partition("t", 0), engine.partition("t", 1), engine.partition("t", 2), engine.partition("t", 3));
            disk.isSlow = true;
            append(partitions.get(0));
            await(() -> 1 == disk.waiting.get());
            for (final Partition partition : partitions)
            {
                for (int i = 0; i < 20; i++)
                {
                    append(partition);
                }
            }
            final int before = disk.forced.get();
            disk.recover();
            await(() -> partitions.stream().allMatch((p) -> p.highWatermark() == p.logEnd()));
            assertTrue(
                disk.forced.get() - before <= 1 + partitions.size(), () -> "syncs: " + (disk.forced.get() - before));
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldLetOtherPartitionsCommitWhileOneWaits()
    {
        try (Engine engine = launch(2))
        {
            engine.createTopic("t", 2, COMMIT);
            final Partition slow = engine.partition("t", 0);
            final Partition other = engine.partition("t", 1);
            disk.isSlow = true;
            append(slow);
            await(() -> 1 == disk.waiting.get());
            disk.isSlow = false;
            for (int i = 1; i < 50; i++)
            {
                final int end = i;
                append(other);
                await(() -> end == other.highWatermark());
            }
            assertEquals(0, slow.highWatermark());
            disk.recover();
            await(() -> 1 == slow.highWatermark());
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldFenceWhereASyncFailsAfterADelay()
    {
        try (Engine engine = launch(1))
        {
            engine.createTopic("t", 2, COMMIT);
            final Partition partition = engine.partition("t", 0);
            disk.isSlow = true;
            append(partition);
            await(() -> 1 == disk.waiting.get());
            append(partition);
            disk.isBroken = true;
            disk.permits.release();
            await(() -> ResultCode.PARTITION_FENCED.code() == partition.counters().refusal());
            assertEquals(0, partition.flushedEnd());
            assertEquals(0, partition.highWatermark());
            assertEquals(ResultCode.PARTITION_FENCED.code(), partition.append(value, 0, 10));

            disk.isBroken = false;
            disk.recover();
            final Partition other = engine.partition("t", 1);
            append(other);
            await(() -> 1 == other.highWatermark());
            assertEquals(0, partition.flushedEnd());
        }
        assertTrue(errors.stream().anyMatch((error) -> error.getMessage().contains("a sync failed")));
    }

    @Test
    void shouldDeleteATopicWhoseSyncIsUnderWay()
    {
        try (Engine engine = launch(1))
        {
            engine.createTopic("t", 1, COMMIT);
            disk.isSlow = true;
            append(engine.partition("t", 0));
            await(() -> 1 == disk.waiting.get());
            final TopicRequest request = engine.deleteTopicAsync("t");
            await(() -> null == engine.topic("t"));
            disk.recover();
            await(request::isDone);
            assertEquals(0, request.code());
            assertNotNull(engine.createTopic("t", 1, COMMIT));
            append(engine.partition("t", 0));
            await(() -> 1 == engine.partition("t", 0).highWatermark());
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldRefuseAppendsWhileTheFileSystemIsNearlyFullAndHeal()
    {
        try (Engine engine = launch(1))
        {
            final long low = engine.context().storageLowBytes();
            engine.createTopic("t", 1);
            final Partition partition = engine.partition("t", 0);
            append(partition);
            storage.usableBytes = low - 1;
            await(() -> ResultCode.STORAGE_LOW.code() == partition.counters().refusal());
            assertEquals(ResultCode.STORAGE_LOW.code(), partition.append(value, 0, 10));
            try (PartitionReader reader = partition.newReader())
            {
                assertEquals(1, reader.poll((record) -> {}, 10));
            }
            engine.createTopic("later", 1);
            assertEquals(ResultCode.STORAGE_LOW.code(), engine.partition("later", 0).append(value, 0, 10));

            storage.usableBytes = low + (low >> 2);
            await(() -> 0 == partition.counters().refusal());
            append(partition);
            append(engine.partition("later", 0));
            assertEquals(2, partition.highWatermark());
        }
        assertEquals(1, errors.size(), "told once");
        assertTrue(errors.peek().getMessage().contains("storage.low.bytes"));
    }
}
