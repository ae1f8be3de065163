package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LogFinding.Kind;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LogInspectorTest
{
    private static final int KIB = 1024;
    private static final int HEADER = SegmentDescriptor.HEADER_LENGTH;
    private static final LogConfig SMALL = new LogConfig(64 * KIB, -1, 16 * KIB);
    private static final LogFacts KILLED = new LogFacts(false, null, LogFacts.UNKNOWN, 0);
    private static final LogFacts LIVE = new LogFacts(true, null, LogFacts.UNKNOWN, 0);

    @TempDir
    private Path temp;

    private LogFixture fixture(final LogConfig config)
    {
        return new LogFixture(temp.resolve("t-3.abcd"), config);
    }

    private static LogInspector inspector(final Path directory, final LogFacts facts, final LogVisitor visitor)
    {
        return new LogInspector(directory, LogFixture.TOPIC_ID, LogFixture.PARTITION, facts, visitor);
    }

    private static LogSummary inspect(final Path directory, final LogFacts facts) throws IOException
    {
        return inspector(directory, facts, LogVisitor.NONE).inspect();
    }

    private static LogFinding only(final LogSummary summary)
    {
        assertEquals(1, summary.findings().size(), () -> summary.findings().toString());
        return summary.findings().get(0);
    }

    private static void assertDamage(
        final LogSummary summary, final Path file, final long offset, final long position, final String text)
    {
        assertTrue(summary.isDamaged());
        final LogFinding finding = summary.findings().get(0);
        assertEquals(file, finding.file());
        assertEquals(offset, finding.offset());
        assertEquals(position, finding.position());
        assertTrue(finding.text().contains(text), finding.text());
        assertTrue(finding.text().contains("Put the file back from a copy"), finding.text());
    }

    private static void flip(final Path file, final long position) throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE))
        {
            final ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte)(one.get(0) ^ 0x41)).flip();
            channel.write(one, position);
        }
    }

    private Map<String, Object> stateOf(final Path directory) throws IOException
    {
        final Map<String, Object> state = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory))
        {
            for (final Path file : files.toList())
            {
                state.put(
                    file.getFileName().toString(),
                    Files.getLastModifiedTime(file) + " " + Files.size(file) + " " +
                    Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return state;
    }

    @Test
    void shouldFindAWholeLogWholeAndChangeNothing() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(300, 1000);
        log.settle();
        final CleanState clean = log.close();
        final Map<String, Object> before = stateOf(log.directory);
        final List<Long> offsets = new ArrayList<>();
        final List<SegmentInfo> segments = new ArrayList<>();
        final LogSummary summary = inspector(
            log.directory,
            new LogFacts(false, clean, 300, 0),
            new LogVisitor()
            {
                @Override
                public void onSegment(final SegmentInfo segment)
                {
                    segments.add(segment);
                }

                @Override
                public boolean onBatch(
                    final SegmentInfo segment,
                    final long position,
                    final DirectBuffer buffer,
                    final int index,
                    final int length)
                {
                    offsets.add(RecordBatchDescriptor.baseOffset(buffer, index));
                    return true;
                }
            }).inspect();
        assertEquals(List.of(), summary.findings());
        assertEquals(300, offsets.size());
        assertEquals(299, offsets.get(299));
        assertEquals(300, summary.batches());
        assertEquals(300, summary.records());
        assertEquals(0, summary.logStart());
        assertEquals(300, summary.logEnd());
        assertEquals(segments.size(), summary.segments());
        assertEquals(LogFixture.TOPIC_ID, segments.get(0).topicId());
        assertTrue(segments.size() > 4);
        assertEquals(before, stateOf(log.directory));
    }

    @Test
    void shouldStartAtAnOffsetAndStopWhenAsked() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(300, 1000);
        log.settle();
        final List<Long> offsets = new ArrayList<>();
        final LogSummary summary = inspector(
            log.directory,
            LIVE,
            new LogVisitor()
            {
                @Override
                public void onSegment(final SegmentInfo segment)
                {
                    assertTrue(segment.baseOffset() > 0, "a segment wholly below the offset is read");
                }

                @Override
                public boolean onBatch(
                    final SegmentInfo segment,
                    final long position,
                    final DirectBuffer buffer,
                    final int index,
                    final int length)
                {
                    offsets.add(RecordBatchDescriptor.baseOffset(buffer, index));
                    return offsets.size() < 3;
                }
            }).from(200).inspect();
        assertEquals(List.of(200L, 201L, 202L), offsets);
        assertEquals(List.of(), summary.findings());
    }

    /** Two batches of three records in one segment; the log is left as a kill leaves it. */
    private LogFixture killedSmallLog() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        log.appender.appendBatch(batch, 0, log.batch(batch, 0, 3, 24), log.nowNs);
        log.appender.appendBatch(batch, 0, log.batch(batch, 3, 3, 24), log.nowNs);
        return log;
    }

    @Test
    void shouldSayOfEveryTornTailWhatRecoveryCuts() throws IOException
    {
        final LogFixture killed = killedSmallLog();
        final Path file = SegmentDescriptor.logFile(killed.directory, 0);
        final byte[] whole = Files.readAllBytes(file);
        final int length = killed.batch(new ExpandableArrayBuffer(), 0, 3, 24);
        final Path directory = temp.resolve("copy");
        Files.createDirectories(directory);
        final Path copy = SegmentDescriptor.logFile(directory, 0);
        for (int i = HEADER; i < HEADER + 2 * length; i++)
        {
            final byte[] cut = whole.clone();
            Arrays.fill(cut, i, cut.length, (byte)0);
            assertSameAsRecovery(directory, copy, cut, "cut at " + i);
            final byte[] flipped = whole.clone();
            flipped[i] ^= 0x41;
            assertSameAsRecovery(directory, copy, flipped, "flipped at " + i);
        }
    }

    private static void assertSameAsRecovery(
        final Path directory, final Path file, final byte[] bytes, final String place) throws IOException
    {
        Files.write(file, bytes);
        final LogSummary summary = inspect(directory, KILLED);
        final LogFixture log = new LogFixture(directory, SMALL).open(null);
        assertEquals(log.log.logEnd(), summary.logEnd(), place);
        assertEquals(log.cuts.size(), summary.findings().size(), place);
        assertFalse(summary.isDamaged(), place);
        if (!log.cuts.isEmpty())
        {
            final LogFinding finding = only(summary);
            assertEquals(Kind.TORN_TAIL, finding.kind(), place);
            assertEquals(log.cuts.get(0).file(), finding.file(), place);
            assertEquals(log.cuts.get(0).offset(), finding.offset(), place);
            assertEquals(log.cuts.get(0).position(), finding.position(), place);
            assertEquals(log.cuts.get(0).length(), finding.length(), place);
            assertTrue(finding.text().contains("Recovery will cut it"), finding.text());
        }
        log.close();
    }

    @Test
    void shouldFindAFlippedByteAnywhereBelowTheRecoveryPoint() throws IOException
    {
        final LogFixture killed = killedSmallLog();
        final Path file = SegmentDescriptor.logFile(killed.directory, 0);
        final int length = killed.batch(new ExpandableArrayBuffer(), 0, 3, 24);
        final LogFacts facts = new LogFacts(false, null, 3, 0);
        assertEquals(List.of(), inspect(killed.directory, facts).findings());
        for (int i = HEADER; i < HEADER + length; i++)
        {
            flip(file, i);
            assertDamage(inspect(killed.directory, facts), file, 0, HEADER, "below the recovery point 3");
            flip(file, i);
        }
        for (int i = 0; i < SegmentDescriptor.CRC_OFFSET + 4; i++)
        {
            flip(file, i);
            assertDamage(inspect(killed.directory, facts), file, -1, 0, i < 8 ? "EPONALOG" : "damaged");
            flip(file, i);
        }
        flip(file, HEADER + length + 20);
        assertEquals(Kind.TORN_TAIL, only(inspect(killed.directory, facts)).kind());
    }

    @Test
    void shouldFindWhatAClosedLogMustNotHave() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(150, 1000);
        log.settle();
        // What was begun and given back may lie behind the end.
        log.appender.tryBeginBatch(2000, log.nowNs).append(log.nowNs, null, 0, -1, log.value, 0, 500);
        log.appender.abortBatch();
        final CleanState clean = log.close();
        final LogFacts facts = new LogFacts(false, clean, LogFacts.UNKNOWN, 0);
        assertEquals(List.of(), inspect(log.directory, facts).findings());

        final Path active = SegmentDescriptor.logFile(log.directory, clean.activeBaseOffset());
        flip(active, clean.activePosition() + 3);
        assertDamage(
            inspect(log.directory, facts), active, 150, clean.activePosition(), "bytes behind the end of a log");
        flip(active, clean.activePosition() + 3);

        flip(active, clean.activePosition() - 8);
        assertTrue(inspect(log.directory, facts).isDamaged());
        flip(active, clean.activePosition() - 8);

        Files.move(active, temp.resolve("aside"));
        final LogSummary shorter = inspect(log.directory, facts);
        assertTrue(shorter.isDamaged());
        assertTrue(shorter.findings().get(0).text().contains("ended at offset 150"), shorter.findings()::toString);
    }

    @Test
    void shouldFindSegmentsThatDoNotFitTogether() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(300, 1000);
        log.settle();
        final CleanState clean = log.close();
        final LogFacts facts = new LogFacts(false, clean, LogFacts.UNKNOWN, 0);
        final List<Path> files =
            log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).toList();
        final Path second = files.get(1);
        final Path third = files.get(2);

        Files.move(second, temp.resolve("aside"));
        assertTrue(inspect(log.directory, facts).isDamaged());
        assertTrue(inspect(log.directory, KILLED).findings().get(0).text().contains("the next segment begins at"));
        Files.move(third, second);
        final LogSummary renamed = inspect(log.directory, facts);
        assertTrue(renamed.findings().toString().contains("name and header disagree"), renamed::toString);
        Files.move(second, third);
        Files.move(temp.resolve("aside"), second);
        assertEquals(List.of(), inspect(log.directory, facts).findings());

        flip(second, HEADER + 200);
        assertDamage(
            inspect(log.directory, KILLED), second,
            Long.parseLong(second.getFileName().toString().substring(0, 20)), HEADER, "damaged, the next segment");
        assertEquals(300, inspect(log.directory, KILLED).logEnd(), "goes on behind the damage");
        // The same above the recovery point is what recovery cuts.
        final LogFinding torn = only(inspect(log.directory, new LogFacts(false, null, 10, 0)));
        assertEquals(Kind.TORN_TAIL, torn.kind());
        assertTrue(torn.text().contains("the segments behind it"), torn.text());
        flip(second, HEADER + 200);

        try (FileChannel channel = FileChannel.open(third, StandardOpenOption.WRITE))
        {
            channel.truncate(HEADER + 100);
        }
        final LogSummary cut = inspect(log.directory, facts);
        assertTrue(cut.isDamaged());
        assertTrue(cut.findings().stream().anyMatch((finding) -> Kind.LENGTH == finding.kind()));
        final LogSummary foreign = new LogInspector(
            log.directory, 0x77, LogFixture.PARTITION, KILLED, LogVisitor.NONE).inspect();
        assertTrue(foreign.findings().get(0).text().contains("belongs to topic id abcd"), foreign::toString);
    }

    @Test
    void shouldNoticeAnEpochThatFalls() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.log.leaderEpoch(7);
        log.append(100);
        final int length = RecordBatchDescriptor.align(80 + 16 + 100);
        log.append(100);
        final CleanState clean = log.close();
        final Path file = SegmentDescriptor.logFile(log.directory, 0);
        final UnsafeBuffer bytes =
            new UnsafeBuffer(Files.readAllBytes(file));
        RecordBatchDescriptor.stamp(bytes, HEADER + length, 1, 6, 0, new Crc32c());
        Files.write(file, bytes.byteArray());
        assertDamage(
            inspect(log.directory, new LogFacts(false, clean, 2, 0)), file, 1, HEADER + length, "epoch 6 behind one");
    }

    @Test
    void shouldFollowALogIntoAFileWithoutAName() throws IOException
    {
        final LogFixture log = fixture(SMALL).create();
        log.appendMany(40, 1000);
        log.settle();
        while (log.appender.append(log.nowNs, null, 0, -1, log.value, 0, 1000) >= 0)
        {
            assertTrue(log.log.logEnd() < 1000);
        }
        final LogSummary summary = inspect(log.directory, KILLED);
        assertEquals(log.log.logEnd(), summary.logEnd());
        assertEquals(Kind.UNNAMED_SEGMENT, only(summary).kind());
        assertEquals(List.of(), inspect(log.directory, LIVE).findings());
    }

    @Test
    void shouldReadReusedFiles() throws IOException
    {
        final LogConfig config = new LogConfig(64 * KIB, 64 * KIB, 16 * KIB);
        final LogFixture log = fixture(config).create();
        while (log.log.counters().recycledSegments() < 4)
        {
            log.append(1000);
            log.housekeep();
        }
        log.append(1000);
        log.settle();
        assertEquals(List.of(), inspect(log.directory, KILLED).findings());
        assertEquals(log.log.logEnd(), inspect(log.directory, LIVE).logEnd());
        final LogFacts facts = new LogFacts(false, log.close(), LogFacts.UNKNOWN, 0);
        assertEquals(List.of(), inspect(log.directory, facts).findings());
    }

    @Test
    void shouldNeverTakeAGrowingLogForADamagedOne() throws Exception
    {
        final LogFixture log = fixture(new LogConfig(256 * KIB, 512 * KIB, 64 * KIB)).create();
        final AtomicBoolean isDone = new AtomicBoolean();
        final Thread owner = new Thread(
            () ->
            {
                log.appender.owner(Thread.currentThread());
                for (int i = 0; !isDone.get(); i++)
                {
                    log.append(i % 7 == 0 ? 30_000 : 700);
                    log.housekeep();
                }
            });
        log.appender.owner(null);
        owner.start();
        long batches = 0;
        long end = 0;
        try
        {
            // Until it has grown and gone by size, however little of a core the owner gets.
            for (int i = 0; i < 300 || end <= 1000 || batches <= 1000 || 0 == log.log.logStart(); i++)
            {
                assertTrue(owner.isAlive());
                final LogSummary summary = inspect(log.directory, LIVE);
                final boolean isDamaged = summary.isDamaged();
                assertFalse(isDamaged, () -> summary.findings().toString());
                // One more than published: a batch lies in the file before the owner says so.
                assertTrue(summary.logEnd() <= log.log.logEnd() + 1);
                end = Math.max(end, summary.logEnd());
                batches += summary.batches();
            }
        }
        finally
        {
            isDone.set(true);
            owner.join();
        }
        assertEquals(List.of(), log.errors);
    }
}
