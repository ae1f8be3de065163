package io.epona.simulator;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogCheckpoint;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.LogReader;
import io.epona.engine.log.PartitionLog;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The real log on a simulated disk: after a kill in the middle of a store and after a loss of power it is a prefix of
 * what it was, and holds all that was said to be on disk.
 */
class SimDiskLogTest
{
    private static final Path DIRECTORY = Path.of("/data/t-0.abcd");
    private static final int LIVES = 6;
    private static final int KIB = 1024;

    /** One log and what it should hold. */
    private static final class Run
    {
        private final World world;
        private final Site site;
        private final SimDisk disk;
        private final SimClock clock;
        private final LogConfig config;
        private final UnsafeBuffer batch = new UnsafeBuffer(new byte[64 * KIB]);
        private final UnsafeBuffer value = new UnsafeBuffer(new byte[8 * KIB]);
        private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
        private final List<Throwable> errors = new ArrayList<>();
        private final LongArrayList tags = new LongArrayList();
        private SimStorage storage;
        private PartitionLog log;
        private LogCheckpoint checkpoint;
        private long nextTag = 1;
        private long onDisk;
        private int lostRecords;
        private int tornKills;

        private Run(final long seed)
        {
            world = new World(seed);
            site = world.site("test", "run");
            disk = new SimDisk(world, "1");
            clock = new SimClock(world, 0, 1);
            config = new LogConfig(64 * KIB, -1, 8 * KIB)
                .withFlush(site.nextBoolean() ? FlushPolicy.COMMIT : FlushPolicy.INTERVAL, 50);
        }

        private LogContext context()
        {
            return new LogContext(storage, clock, errors::add, (file, offset, position, length, reason) -> {});
        }

        private void run() throws IOException
        {
            storage = disk.open();
            storage.createDirectories(DIRECTORY.getParent());
            storage.syncDirectory(Path.of("/"));
            log = PartitionLog.create(context(), DIRECTORY, 0xABCD, 0, config);
            log.appender().owner(Thread.currentThread());
            for (int i = 0; i < LIVES; i++)
            {
                live();
                end();
                storage = disk.open();
                log = PartitionLog.open(context(), DIRECTORY, 0xABCD, 0, config, null, checkpoint);
                assertNull(log.damage(), () -> log.damage().message());
                log.appender().owner(Thread.currentThread());
                verify();
            }
        }

        private void live()
        {
            for (int i = site.between(1, 200); i > 0; i--)
            {
                append();
                world.runUntil(world.nowNs() + site.between(0, 5) * World.MS);
                if (site.chance(0.5))
                {
                    log.housekeep(clock.nowNs());
                }
                onDisk = Math.max(onDisk, log.flushedEnd());
                if (site.chance(0.05))
                {
                    checkpoint = log.checkpoint();
                    log.onCheckpoint();
                }
            }
        }

        private void append()
        {
            final int count = site.between(1, 4);
            builder.begin(batch, 0, batch.capacity(), clock.nowNs());
            for (int i = 0; i < count; i++)
            {
                final int length = 8 + site.nextInt(600);
                value.setMemory(0, length, (byte)nextTag);
                value.putLong(0, nextTag + i);
                assertTrue(builder.append(clock.nowNs(), null, 0, -1, value, 0, length));
            }
            final int length = builder.finish();
            long result = log.appender().appendBatch(batch, 0, length, clock.nowNs());
            for (int i = 0; i < 100 && ResultCode.BACK_PRESSURED.code() == result; i++)
            {
                world.runUntil(world.nowNs() + World.MS);
                log.housekeep(clock.nowNs());
                result = log.appender().appendBatch(batch, 0, length, clock.nowNs());
            }
            assertEquals(tags.size(), result);
            for (int i = 0; i < count; i++)
            {
                tags.addLong(nextTag++);
            }
        }

        private void end()
        {
            assertEquals(List.of(), errors);
            if (site.chance(0.4))
            {
                disk.losePower();
                return;
            }
            onDisk = tags.size();
            if (site.nextBoolean())
            {
                storage.beginLastStores();
                append();
                final int taken = storage.tearLastStores(site);
                tornKills += taken > 0 ? 1 : 0;
            }
            disk.end();
        }

        private void verify()
        {
            final long logEnd = log.logEnd();
            assertTrue(logEnd <= tags.size() && logEnd >= onDisk, () ->
                "ends at " + logEnd + " of " + tags.size() + ", on disk was " + onDisk);
            lostRecords += (int)(tags.size() - logEnd);
            while (tags.size() > logEnd)
            {
                tags.removeAt(tags.size() - 1);
            }
            onDisk = Math.min(onDisk, logEnd);
            final long[] next = {0};
            try (LogReader reader = log.newReader())
            {
                for (int i = 0; i < 10_000 && next[0] < log.highWatermark(); i++)
                {
                    reader.poll(
                        (record) ->
                        {
                            assertEquals(next[0], record.offset());
                            assertEquals(
                                tags.getLong((int)next[0]), record.buffer().getLong(record.valueIndex()));
                            next[0]++;
                        },
                        100);
                    log.housekeep(clock.nowNs());
                }
            }
            assertEquals(log.highWatermark(), next[0]);
        }
    }

    @Test
    void shouldRecoverAPrefixAfterKillsAndPowerLosses() throws IOException
    {
        int lost = 0;
        int torn = 0;
        for (long seed = 0; seed < 60; seed++)
        {
            final Run run = new Run(seed);
            try
            {
                run.run();
            }
            catch (final AssertionError | RuntimeException ex)
            {
                throw new AssertionError("seed " + seed + ": " + ex.getMessage(), ex);
            }
            lost += run.lostRecords;
            torn += run.tornKills;
        }
        assertTrue(lost > 500, "lost " + lost);
        assertTrue(torn > 20, "torn " + torn);
    }
}
