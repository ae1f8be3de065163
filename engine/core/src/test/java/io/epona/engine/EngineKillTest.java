package io.epona.engine;

import io.epona.codecs.batch.RecordCursor;
import io.epona.engine.DirectoryInspector.Log;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.log.LogFinding;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * An engine that is killed at any moment: what it acknowledged is there, once and in order, an inspection finds no
 * damage, and the next start goes on where the log ended. A record that was found once has to be found ever after,
 * unless retention or compaction may have taken it.
 */
class EngineKillTest
{
    private static final int COMPACTED = 2;
    private static final int KILLS_PER_DIRECTORY = 20;
    private static final int APPENDS_MAX = 120;

    @TempDir
    private Path temp;
    private final Reports reports = new Reports();
    private int cuts;
    private int copies;
    private int indexes;
    private int eithers;

    @Test
    void shouldKeepWhatWasAcknowledged() throws Exception
    {
        run(20261122, 10);
        assertTrue(eithers > 0, "no kill hit an append or a copy");
    }

    @Test
    @Tag("slow")
    void shouldKeepWhatWasAcknowledgedOverManyKills(final TestReporter reporter) throws Exception
    {
        final long seed = SystemNanoClock.INSTANCE.nanoTime();
        run(seed, 200);
        reporter.publishEntry(
            "kills", "seed " + seed + ": 200 kills, " + cuts + " with a cut above 0 bytes, " + copies +
            " during a compaction, " + indexes + " with a small file being written, " + eithers + " with either");
        assertTrue(eithers >= 20, eithers + " of 200");
    }

    private void run(final long seed, final int kills) throws Exception
    {
        final Random random = new Random(seed);
        Life life = null;
        for (int i = 0; i < kills; i++)
        {
            if (0 == i % KILLS_PER_DIRECTORY)
            {
                if (null != life)
                {
                    life.end();
                }
                life = new Life(temp.resolve("data" + i));
            }
            final String place = "seed " + seed + " kill " + i;
            life.runAndKill(random, place);
            life.check(place, random.nextBoolean());
        }
        life.end();
        assertEquals(List.of(), reports.errors);
    }

    /** What is known of one topic. */
    private static final class Ledger
    {
        /** Life of the engine that appended the record at an offset. */
        final Long2LongHashMap lives = new Long2LongHashMap(-1);
        long end;
        long acknowledgedEnd;
    }

    /** One data directory, killed again and again. */
    private final class Life
    {
        private final Path directory;
        private final Path notesFile;
        private final MappedByteBuffer mapped;
        private final UnsafeBuffer notes;
        private final Ledger[] ledgers = { new Ledger(), new Ledger(), new Ledger(), new Ledger() };

        Life(final Path directory)
        {
            this.directory = directory;
            this.notesFile = directory.resolveSibling(directory.getFileName() + ".notes");
            this.mapped = IoUtil.mapNewFile(notesFile.toFile(), KillChild.NOTES_LENGTH);
            this.notes = new UnsafeBuffer(mapped);
        }

        void end() throws IOException
        {
            IoUtil.unmap(mapped);
            IoUtil.delete(directory.toFile(), true);
        }

        void runAndKill(final Random random, final String place) throws Exception
        {
            final Path err = directory.resolveSibling("err");
            final Process child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED",
                // Short-lived: compiling less starts sooner.
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+PerfDisableSharedMem",
                "-cp", System.getProperty("java.class.path"), KillChild.class.getName(),
                directory.toString(), notesFile.toString(), Long.toString(random.nextLong()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
            final long killAt = notes.getLong(KillChild.COUNT_INDEX) + 1 + random.nextInt(APPENDS_MAX);
            try
            {
                EngineFixture.await(
                    () -> notes.getLongVolatile(KillChild.COUNT_INDEX) >= killAt || !child.isAlive());
                assertTrue(child.isAlive(), () -> place + ": " + read(err));
            }
            finally
            {
                child.destroyForcibly().waitFor();
            }
            assertEquals("", read(err), place);
        }

        private String read(final Path file)
        {
            try
            {
                return Files.readString(file);
            }
            catch (final IOException ex)
            {
                return ex.toString();
            }
        }

        void check(final String place, final boolean isReopened) throws IOException
        {
            final List<String> names = names();
            final boolean isCopying = names.stream().anyMatch(
                (name) -> name.endsWith(".cleaned") || name.endsWith(".swap"));
            copies += isCopying ? 1 : 0;
            indexes += names.stream().anyMatch((name) -> name.endsWith(".tmp")) ? 1 : 0;

            boolean isCut = false;
            final DirectoryInspector found = DirectoryInspector.open(directory, false);
            for (final LogFinding finding : found.findings())
            {
                assertFalse(LogFinding.Severity.DAMAGE == finding.kind().severity(), () -> place + ": " + finding);
            }
            for (final Log log : found.logs())
            {
                final int topic = Arrays.asList(KillChild.TOPICS).indexOf(log.topic());
                isCut |= checkLog(place, log, topic);
            }
            cuts += isCut ? 1 : 0;
            eithers += isCut || isCopying ? 1 : 0;
            if (isReopened)
            {
                reopen(place);
            }
        }

        private List<String> names() throws IOException
        {
            final List<String> names = new ArrayList<>();
            try (Stream<Path> files = Files.walk(directory))
            {
                files.forEach((file) -> names.add(file.toString()));
            }
            return names;
        }

        private boolean checkLog(final String place, final Log log, final int topic) throws IOException
        {
            final Ledger ledger = ledgers[topic];
            final Checker checker = new Checker(place + " " + log.topic(), ledger, COMPACTED == topic);
            final LogSummary summary = log.inspector(checker).inspect();
            assertFalse(summary.isDamaged(), () -> place + ": " + summary.findings());
            ledger.acknowledgedEnd = Math.max(ledger.acknowledgedEnd, notes.getLong(KillChild.endIndex(topic)));
            assertTrue(
                summary.logEnd() >= ledger.acknowledgedEnd,
                () -> place + ": " + log.topic() + " ends at " + summary.logEnd() + ", acknowledged up to " +
                ledger.acknowledgedEnd);
            assertTrue(summary.logEnd() >= ledger.end, () -> place + ": " + log.topic() + " was longer before");
            ledger.end = summary.logEnd();
            checker.end(ledger.end);

            return summary.findings().stream().anyMatch(
                (finding) -> LogFinding.Kind.TORN_TAIL == finding.kind() && finding.length() > 0);
        }

        /** What an engine finds is what the inspection found. */
        private void reopen(final String place)
        {
            try (Engine engine = Engine.launch(reports.context(directory)))
            {
                assertEquals(List.of(), engine.offlinePartitions(), place);
                for (int topic = 0; topic < KillChild.TOPICS.length; topic++)
                {
                    final Partition partition = engine.partition(KillChild.TOPICS[topic], 0);
                    if (null != partition)
                    {
                        checkReading(place, partition, ledgers[topic], COMPACTED == topic);
                    }
                }
            }
        }

        private void checkReading(
            final String place, final Partition partition, final Ledger ledger, final boolean isCompacted)
        {
            assertEquals(ledger.end, partition.logEnd(), place);
            final long[] next = { partition.logStart() };
            try (PartitionReader reader = partition.newReader())
            {
                int polled;
                do
                {
                    polled = reader.poll(
                        (record) ->
                        {
                            assertTrue(record.offset() == next[0] || isCompacted && record.offset() > next[0], place);
                            assertEquals(record.offset(), record.buffer().getLong(record.valueIndex()), place);
                            next[0] = record.offset() + 1;
                        },
                        100);
                    assertTrue(polled >= 0, place);
                }
                while (polled > 0 || reader.isWaiting());
            }
            assertEquals(ledger.end, next[0], place);
        }
    }

    /** Holds the records of a log against what their offsets say and what was found before. */
    private static final class Checker implements LogVisitor
    {
        private static final int SAMPLE_INTERVAL = 509;

        private final RecordCursor cursor = new RecordCursor();
        private final String place;
        private final Ledger ledger;
        private final boolean isCompacted;
        private final Long2LongHashMap lastOfKey = new Long2LongHashMap(-1);
        private long next = -1;
        private long life = -1;

        private Checker(final String place, final Ledger ledger, final boolean isCompacted)
        {
            this.place = place;
            this.ledger = ledger;
            this.isCompacted = isCompacted;
        }

        @Override
        public void onSegment(final SegmentInfo segment)
        {
            next = next < 0 ? segment.baseOffset() : next;
        }

        @Override
        public boolean onBatch(
            final SegmentInfo segment,
            final long position,
            final DirectBuffer buffer,
            final int index,
            final int length)
        {
            cursor.wrap(buffer, index);
            while (cursor.next())
            {
                final long offset = cursor.offset();
                if (offset != next && !(isCompacted && offset > next))
                {
                    throw new AssertionError(place + ": offset " + offset + " where " + next + " belongs");
                }
                next = offset + 1;
                check(offset);
            }

            return true;
        }

        private void check(final long offset)
        {
            final DirectBuffer buffer = cursor.buffer();
            final int valueIndex = cursor.valueIndex();
            assertEquals(KillChild.lengthOf(offset), cursor.valueLength(), place);
            assertEquals(KillChild.keyOf(offset), buffer.getLong(cursor.keyIndex()), place);
            assertEquals(offset, buffer.getLong(valueIndex), place);
            // The checksum has vouched for the bytes; these say whose they are.
            for (int i = 2 * Long.BYTES; i < cursor.valueLength(); i += SAMPLE_INTERVAL)
            {
                if ((byte)offset != buffer.getByte(valueIndex + i))
                {
                    throw new AssertionError(place + ": record " + offset + " differs at " + i);
                }
            }
            final long foundLife = buffer.getLong(valueIndex + Long.BYTES);
            assertTrue(foundLife >= life, () -> place + ": life " + foundLife + " behind " + life);
            life = foundLife;
            if (offset < ledger.end)
            {
                assertEquals(ledger.lives.get(offset), foundLife, () -> place + ": another record at " + offset);
            }
            ledger.lives.put(offset, foundLife);
            lastOfKey.put(KillChild.keyOf(offset), offset);
        }

        /** Of every key the last record is there, also where compaction took the others. */
        void end(final long logEnd)
        {
            if (!isCompacted)
            {
                assertEquals(logEnd, Math.max(0, next), place);
                return;
            }
            for (long offset = Math.max(0, logEnd - KillChild.KEYS); offset < logEnd; offset++)
            {
                assertEquals(offset, lastOfKey.get(KillChild.keyOf(offset)), place);
            }
        }
    }
}
