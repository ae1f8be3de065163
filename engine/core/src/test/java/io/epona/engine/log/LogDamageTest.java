package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What was on disk and is damaged or gone is never cut: the log is fenced, until somebody decides. */
class LogDamageTest
{
    private static final int KIB = 1024;
    private static final int FENCED = ResultCode.PARTITION_FENCED.code();
    private static final LogConfig SMALL = new LogConfig(64 * KIB, -1, 16 * KIB);

    @TempDir
    private Path temp;

    private LogFixture fixture()
    {
        return new LogFixture(temp.resolve("t-3.abcd"), SMALL);
    }

    private static LogCheckpoint at(final long recoveryPoint)
    {
        return new LogCheckpoint(recoveryPoint, 0, false);
    }

    private LogFixture reopened(final LogFixture killed, final LogCheckpoint checkpoint) throws IOException
    {
        return new LogFixture(killed.directory, killed.config).open(null, checkpoint);
    }

    private static Path logFile(final LogFixture log, final long baseOffset)
    {
        return SegmentDescriptor.logFile(log.directory, baseOffset);
    }

    private static List<Path> logFiles(final LogFixture log) throws IOException
    {
        return log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).toList();
    }

    private static void assertFenced(final LogFixture log, final Path file, final long offset, final long position)
    {
        final LogDamage damage = log.log.damage();
        assertNotNull(damage);
        assertEquals(file, damage.file());
        assertEquals(offset, damage.offset());
        assertEquals(position, damage.position());
        assertTrue(damage.message().contains("offset " + offset), damage.message());
        assertEquals(List.of(), log.cuts);
        assertEquals(FENCED, log.append(100));
        assertEquals(0, log.log.housekeep(log.nowNs));
        assertEquals(FENCED, log.append(100));
        log.log.storageLow(false);
        assertEquals(FENCED, log.append(100));
        try (LogReader reader = log.log.newReader())
        {
            final long[] next = { log.log.logStart() };
            int result;
            do
            {
                result = log.poll(
                    reader,
                    (record) ->
                    {
                        assertEquals(next[0]++, record.offset());
                        LogFixture.verify(record);
                    },
                    100);
            }
            while (result > 0);
            assertEquals(log.log.logEnd(), next[0]);
            assertEquals(FENCED, result, "there was more");
            assertEquals(FENCED, reader.pollBatches((buffer, index, length, base, end) -> true, 1000));
            assertEquals(FENCED, reader.seek(log.log.logEnd() + 1), "not out of range: nobody shall start over");
        }
    }

    /** Two batches of three records. */
    private byte[] smallLog(final LogFixture log) throws IOException
    {
        log.create();
        final ExpandableArrayBuffer batch = new ExpandableArrayBuffer();
        log.appender.appendBatch(batch, 0, log.batch(batch, 0, 3, 24), log.nowNs);
        log.appender.appendBatch(batch, 0, log.batch(batch, 3, 3, 24), log.nowNs);

        return Files.readAllBytes(logFile(log, 0));
    }

    @Test
    void shouldFenceWhereverAByteIsFlippedBelowTheRecoveryPoint() throws IOException
    {
        final LogFixture killed = fixture();
        final byte[] whole = smallLog(killed);
        final Path file = logFile(killed, 0);
        final int header = SegmentDescriptor.HEADER_LENGTH;
        final int length = RecordBatchDescriptor.length(killed.log.appender().claimBuffer(), header);
        final int tail = header + length;
        for (int i = header; i < tail + length; i++)
        {
            final byte[] bytes = whole.clone();
            bytes[i] ^= 0x41;
            Files.write(file, bytes);
            final LogFixture log = reopened(killed, at(6));
            assertFenced(log, file, i < tail ? 0 : 3, i < tail ? header : tail);
            assertNull(log.close());
            assertArrayEquals(bytes, Files.readAllBytes(file), "nothing is changed");

            final LogFixture later = reopened(killed, at(3));
            if (i < tail)
            {
                assertFenced(later, file, 0, header);
            }
            else
            {
                assertNull(later.log.damage());
                assertEquals(1, later.cuts.size(), "a torn write, above the recovery point");
                assertEquals(3, later.append(100));
                assertEquals(4, later.readFrom(0));
            }
            assertEquals(i < tail, null == later.close());
        }
    }

    @Test
    void shouldFenceWhereverTheFileIsCutBelowTheRecoveryPoint() throws IOException
    {
        final LogFixture killed = fixture();
        final byte[] whole = smallLog(killed);
        final Path file = logFile(killed, 0);
        final int header = SegmentDescriptor.HEADER_LENGTH;
        final int tail = header + RecordBatchDescriptor.length(killed.log.appender().claimBuffer(), header);
        int end = whole.length;
        while (0 == whole[end - 1])
        {
            end--;
        }
        for (int cut = header; cut < end; cut++)
        {
            Files.write(file, Arrays.copyOf(whole, cut));
            assertFenced(reopened(killed, at(6)), file, cut < tail ? 0 : 3, cut < tail ? header : tail);
        }
        Files.write(file, whole);
        final LogFixture log = reopened(killed, at(6));
        assertNull(log.log.damage());
        assertEquals(6, log.readFrom(0));
        assertEquals(6, log.append(10), "put back, it goes on");
    }

    /** A log of many segments that are all on disk. */
    private LogFixture longLog() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(300, 1000);
        log.settle();
        log.close();
        assertEquals(300, log.log.checkpoint().recoveryPoint());

        return log;
    }

    @Test
    void shouldFenceAtAMissingSegment() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        assertTrue(files.size() > 4);
        for (int i = 1; i + 1 < files.size(); i++)
        {
            final byte[] bytes = Files.readAllBytes(files.get(i));
            Files.delete(files.get(i));
            for (final LogCheckpoint checkpoint : List.of(closed.log.checkpoint(), at(150)))
            {
                final LogFixture log = reopened(closed, checkpoint);
                final long offset = Long.parseLong(files.get(i).getFileName().toString().substring(0, 20));
                assertNotNull(log.log.damage(), "segment " + i);
                assertTrue(log.log.damage().message().contains("missing"), log.log.damage().message());
                assertTrue(log.log.damage().message().contains(files.get(i).getFileName().toString()));
                assertEquals(offset, log.log.logEnd());
                assertEquals(files.size() - 1, logFiles(closed).size(), "nothing is deleted");
                assertEquals(FENCED, log.append(10));
                assertNull(log.close());
            }
            Files.write(files.get(i), bytes);
        }
        final LogFixture log = reopened(closed, closed.log.checkpoint());
        assertNull(log.log.damage());
        assertEquals(300, log.readFrom(0));
    }

    @Test
    void shouldFenceWhereTheLastSegmentsAreGone() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        Files.delete(files.get(files.size() - 1));
        final LogFixture log = reopened(closed, closed.log.checkpoint());
        assertNotNull(log.log.damage());
        assertTrue(log.log.logEnd() < 300);
        assertEquals(log.log.logEnd(), log.log.damage().offset());
        assertNull(log.close());

        for (final Path file : logFiles(closed))
        {
            Files.delete(file);
        }
        final String message = assertThrows(
            IOException.class, () -> reopened(closed, closed.log.checkpoint())).getMessage();
        assertTrue(message.contains("segments are gone") && message.contains("offset 300"), message);
        Files.write(closed.directory.resolve(LogRecovery.ACCEPT_LOSS_FILE_NAME), new byte[0]);
        final LogFixture anew = reopened(closed, closed.log.checkpoint());
        assertEquals(300, anew.append(10), "no offset is given twice");
        assertFalse(Files.exists(closed.directory.resolve(LogRecovery.ACCEPT_LOSS_FILE_NAME)));
    }

    @Test
    void shouldFenceAtAHeaderThatIsNotOfThisLog() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        final Path file = files.get(2);
        final long offset = Long.parseLong(file.getFileName().toString().substring(0, 20));
        final byte[] whole = Files.readAllBytes(file);
        final LogFixture other = new LogFixture(temp.resolve("other"), SMALL);
        other.storage.createDirectories(other.directory);
        PartitionLog.create(other.context(), other.directory, 77, LogFixture.PARTITION, SMALL);
        final List<byte[]> wrong = new ArrayList<>();
        wrong.add(Files.readAllBytes(logFile(other, 0)));
        wrong.add(Files.readAllBytes(files.get(1)));
        wrong.add(new byte[100]);
        wrong.add(new byte[64 * KIB]);
        for (final byte[] bytes : wrong)
        {
            Files.write(file, bytes);
            final LogFixture log = reopened(closed, closed.log.checkpoint());
            assertFenced(log, file, offset, 0);
            assertEquals(offset, log.log.logEnd());
            assertArrayEquals(bytes, Files.readAllBytes(file));
        }
        Files.write(file, whole);
        assertEquals(300, reopened(closed, closed.log.checkpoint()).readFrom(0));
    }

    @Test
    void shouldReadAllOfASuspectLog() throws IOException
    {
        final LogFixture closed = longLog();
        final Path mark = closed.directory.resolve(LogRecovery.SUSPECT_FILE_NAME);
        ReplicatedLog.suspect(closed.storage, closed.directory);
        assertEquals(300, reopened(closed, closed.log.checkpoint()).readFrom(0));
        assertFalse(Files.exists(mark), "nothing was found");

        final Path file = logFiles(closed).get(0);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[SegmentDescriptor.HEADER_LENGTH + 200] ^= 1;
        Files.write(file, bytes);
        assertNull(reopened(closed, closed.log.checkpoint()).log.damage(), "far below the recovery point");
        ReplicatedLog.suspect(closed.storage, closed.directory);
        final LogDamage damage = reopened(closed, closed.log.checkpoint()).log.damage();
        assertEquals(file, damage.file());
        assertTrue(Files.exists(mark), "it is fenced until it is mended");
    }

    @Test
    void shouldCutWhereTheLossIsAccepted() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        final Path file = files.get(files.size() - 1);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[SegmentDescriptor.HEADER_LENGTH + 200] ^= 1;
        Files.write(file, bytes);
        final LogFixture fenced = reopened(closed, closed.log.checkpoint());
        final long offset = fenced.log.damage().offset();
        assertNull(fenced.close());

        final Path acceptance = closed.directory.resolve(LogRecovery.ACCEPT_LOSS_FILE_NAME);
        Files.write(acceptance, new byte[0]);
        final LogFixture log = reopened(closed, closed.log.checkpoint());
        assertNull(log.log.damage());
        assertEquals(1, log.cuts.size());
        assertEquals(offset, log.log.logEnd());
        assertEquals(offset, log.append(100));
        assertEquals(offset + 1, log.readFrom(0));
        assertFalse(Files.exists(acceptance), "it holds once");

        Files.write(files.get(1), new byte[10]);
        Files.write(acceptance, new byte[0]);
        final LogFixture shorter = reopened(closed, at(offset));
        assertNull(shorter.log.damage());
        assertEquals(1, logFiles(closed).size());
        assertTrue(shorter.cuts.size() > 2);
        assertEquals(shorter.log.logEnd(), shorter.append(100));
    }

    @Test
    void shouldScanFromTheRecoveryPointOnly() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        final byte[] bytes = Files.readAllBytes(files.get(0));
        bytes[SegmentDescriptor.HEADER_LENGTH + 200] ^= 1;
        Files.write(files.get(0), bytes);
        // Far below nobody looks at start: that is what a verification is for. But nothing is cut for it either.
        final LogFixture log = reopened(closed, closed.log.checkpoint());
        assertNull(log.log.damage());
        assertEquals(300, log.log.logEnd());
        assertEquals(List.of(), log.cuts);
        assertEquals(300, log.append(10));
        assertEquals(closed.log.epochs().history(), log.log.epochs().history());
        final LogFixture scanned = reopened(closed, new LogCheckpoint(50, 0, false));
        assertFenced(scanned, files.get(0), 0, SegmentDescriptor.HEADER_LENGTH);
    }

    @Test
    void shouldFenceWhereAHeaderIsDamagedThatIsReadForItsProducer() throws IOException
    {
        final LogFixture closed = longLog();
        final Path file = logFiles(closed).get(0);
        final byte[] whole = Files.readAllBytes(file);
        final int header = SegmentDescriptor.HEADER_LENGTH;
        for (int i = 0; i < 3; i++)
        {
            final byte[] bytes = whole.clone();
            bytes[header + i * 1096 + RecordBatchDescriptor.BASE_OFFSET_OFFSET] ^= 1;
            Files.write(file, bytes);
            assertFenced(reopened(closed, new LogCheckpoint(300, 0, true)), file, i, header + i * 1096);
        }
        Files.write(file, whole);
        assertNull(reopened(closed, new LogCheckpoint(300, 0, true)).log.damage());
    }

    /** Nothing but the log tells then what the lost file said, and a part of it is not what it said. */
    @Test
    void shouldFenceAClosedLogWhoseStateIsGoneAndOfWhichABatchIsDamaged() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(300, 1000);
        final CleanState closed = log.close();
        final CleanState withProducers = new CleanState(
            closed.logEnd(), closed.lastEpoch(), closed.activeBaseOffset(), closed.activePosition(), true);
        final Path epochs = log.directory.resolve(LeaderEpochs.FILE_NAME);
        final byte[] wholeEpochs = Files.readAllBytes(epochs);
        for (final Path file : logFiles(log))
        {
            final byte[] bytes = Files.readAllBytes(file);
            final long base = Long.parseLong(file.getFileName().toString().substring(0, 20));
            for (final int batch : new int[]{ 0, 2 })
            {
                final int position = SegmentDescriptor.HEADER_LENGTH + batch * 1096;
                for (final int at : new int[]{ RecordBatchDescriptor.BASE_OFFSET_OFFSET, 1080 })
                {
                    bytes[position + at] ^= 1;
                    Files.write(file, bytes);
                    assertFenced(
                        new LogFixture(log.directory, SMALL).open(withProducers), file, base + batch, position);
                    Files.delete(epochs);
                    assertFenced(new LogFixture(log.directory, SMALL).open(closed), file, base + batch, position);
                    Files.write(epochs, wholeEpochs);
                    bytes[position + at] ^= 1;
                    Files.write(file, bytes);
                }
            }
        }
        final LogFixture whole = new LogFixture(log.directory, SMALL).open(withProducers);
        assertNull(whole.log.damage());
        assertEquals(300, whole.log.logEnd());
    }

    @Test
    void shouldDropWhatLiesBelowTheLogStart() throws IOException
    {
        final LogFixture closed = longLog();
        final List<Path> files = logFiles(closed);
        Files.delete(files.get(1));
        final long second = Long.parseLong(files.get(2).getFileName().toString().substring(0, 20));
        final CleanState clean = new CleanState(300, 0, -1, 0);
        for (final CleanState state : Arrays.asList(clean, null))
        {
            final LogFixture log = new LogFixture(closed.directory, SMALL)
                .open(state, new LogCheckpoint(300, second + 3, false));
            assertNull(log.log.damage());
            assertEquals(second + 3, log.log.logStart());
            assertEquals(300, log.readFrom(second + 3));
            assertEquals(files.size() - 2, logFiles(log).size());
        }
    }

    @Test
    void shouldFenceAClosedLogThatIsShorterThanItWas() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(10, 1000);
        final CleanState state = log.close();
        final Path file = logFile(log, 0);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[SegmentDescriptor.HEADER_LENGTH + 9 * 1096 + 8] ^= 1;
        Files.write(file, bytes);
        final LogFixture again = new LogFixture(log.directory, SMALL).open(state, null);
        assertFenced(again, file, 9, SegmentDescriptor.HEADER_LENGTH + 9 * 1096);
    }

    @Test
    void shouldNotTakeATruncationForALoss() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(100, 1000);
        log.settle();
        final LogCheckpoint before = new LogCheckpoint(100, 0, false);
        final LogTruncation cut = log.log.truncate(30);
        log.settle();
        assertTrue(cut.poll());
        log.appendMany(5, 1000);
        // Killed before a checkpoint followed.
        final LogFixture killed = new LogFixture(log.directory, SMALL).open(null, before);
        assertNull(killed.log.damage());
        assertEquals(35, killed.log.logEnd());
        assertEquals(0, killed.log.logStart());
        assertEquals(35, killed.readFrom(0));
        killed.settle();
        assertEquals(35, killed.log.checkpoint().recoveryPoint());
        killed.log.onCheckpoint();
        // From now on the checkpoint counts whole.
        assertNotNull(new LogFixture(log.directory, SMALL).open(null, new LogCheckpoint(36, 0, false)).log.damage());
    }

    @Test
    void shouldNotTakeATruncationForALossThatCameWhileTheCheckpointWasWritten() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(100, 1000);
        log.settle();
        final LogCheckpoint written = log.log.checkpoint();
        final LogTruncation cut = log.log.truncate(30);
        log.settle();
        assertTrue(cut.poll());
        log.log.onCheckpoint();
        final LogFixture killed = new LogFixture(log.directory, SMALL).open(null, written);
        assertNull(killed.log.damage());
        assertEquals(30, killed.log.logEnd());
    }

    @Test
    void shouldNotTakeAResetForALoss() throws IOException
    {
        final LogFixture log = fixture().create();
        log.appendMany(100, 1000);
        log.settle();
        final LogTruncation cut = log.log.reset(20);
        log.settle();
        assertTrue(cut.poll());
        log.appendMany(5, 1000);
        final LogFixture killed =
            new LogFixture(log.directory, SMALL).open(null, new LogCheckpoint(100, 90, false));
        assertNull(killed.log.damage());
        assertEquals(20, killed.log.logStart());
        assertEquals(25, killed.readFrom(20));
    }
}
