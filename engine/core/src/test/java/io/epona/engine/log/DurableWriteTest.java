package io.epona.engine.log;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Small files that the flushers write, and the indexes of a log that are written so. */
class DurableWriteTest
{
    private static final int KIB = 1024;
    private static final LogConfig CONFIG = new LogConfig(64 * KIB, -1, 16 * KIB).withFlush(FlushPolicy.COMMIT, 1000);

    @TempDir
    private Path temp;
    private final FlushQueue queue = new FlushQueue(4, 1);

    private DurableWrite.Content content(final String name, final int value)
    {
        return new DurableWrite.Content(temp.resolve(name), new byte[]{ (byte)value });
    }

    private LogFixture log() throws IOException
    {
        final LogFixture log = new LogFixture(temp.resolve("t-3.abcd"), CONFIG);
        log.flushQueue = queue;
        return log.create();
    }

    private static long indexFiles(final LogFixture log) throws IOException
    {
        return log.storage.list(log.directory).stream().filter(IndexFileDescriptor::isIndexFile).count();
    }

    @Test
    void shouldWriteInTheQueueAndNotBefore() throws IOException
    {
        final LogFixture log = new LogFixture(temp, CONFIG);
        final DurableWrite write = new DurableWrite(log.storage, queue);
        write.begin(List.of(content("a", 1), content("b", 2)));
        assertFalse(write.isDone());
        assertFalse(Files.exists(temp.resolve("a")));
        assertThrows(IllegalStateException.class, write::take);
        assertThrows(IllegalStateException.class, () -> write.begin(List.of(content("c", 3))));

        assertEquals(1, queue.drain());
        assertTrue(write.isDone());
        assertNull(write.take());
        assertArrayEquals(new byte[]{ 1 }, Files.readAllBytes(temp.resolve("a")));
        assertArrayEquals(new byte[]{ 2 }, Files.readAllBytes(temp.resolve("b")));
    }

    @Test
    void shouldTellWhatFailedAndWriteAgain() throws IOException
    {
        final LogFixture log = new LogFixture(temp, CONFIG);
        final DurableWrite write = new DurableWrite(log.storage, queue);
        log.storage.failWhen((operation) -> operation.startsWith("replace"));
        write.begin(List.of(content("a", 1)));
        queue.drain();
        assertNotNull(write.take());
        log.storage.heal();
        write.begin(List.of(content("a", 2)));
        queue.drain();
        assertNull(write.take());
        assertArrayEquals(new byte[]{ 2 }, Files.readAllBytes(temp.resolve("a")));
    }

    @Test
    void shouldWriteWhatNobodyHasBegunWhereItCannotWait() throws IOException
    {
        final LogFixture log = new LogFixture(temp, CONFIG);
        final DurableWrite write = new DurableWrite(log.storage, queue);
        write.begin(List.of(content("a", 1)));
        write.complete();
        assertNull(write.take());
        write.begin(List.of(content("a", 2)));
        assertEquals(2, queue.drain(), "one entry is of the write before");
        assertNull(write.take());
        assertArrayEquals(new byte[]{ 2 }, Files.readAllBytes(temp.resolve("a")));
    }

    @Test
    void shouldNotWriteIndexesInACycleOfTheHousekeeper() throws IOException
    {
        final LogFixture log = log();
        long begun = -1;
        for (int i = 0; i < 300; i++)
        {
            log.appendMany(1, 1000);
            queue.drain();
            final int before = log.storage.operations().size();
            log.housekeep();
            final List<String> operations = log.storage.operations();
            assertTrue(
                operations.subList(before, operations.size()).stream().noneMatch(
                    (operation) -> operation.startsWith("replace") && operation.matches(".*[.](idx|tix)")),
                operations::toString);
            begun = Math.max(begun, indexFiles(log));
        }
        assertTrue(begun >= 4, "indexes were written, by who served the queue");
        queue.drain();
        log.housekeep();
        assertEquals(List.of(), log.errors);
        assertEquals(300, log.readFrom(0));
    }

    @Test
    void shouldWriteTheIndexThatWaitsWhenTheLogIsClosed() throws IOException
    {
        final LogFixture log = log();
        log.appendMany(200, 1000);
        for (int i = 0; i < 20; i++)
        {
            queue.drain();
            log.housekeep();
        }
        // One is queued now, or all are written; nobody serves the queue any more.
        assertNotNull(log.close());
        final long sealed = log.storage.list(log.directory).stream().filter(SegmentDescriptor::isLogFile).count() - 1;
        assertTrue(sealed > 1);
        assertEquals(2 * sealed, indexFiles(log));
    }

    @Test
    void shouldDropTheIndexOfASegmentThatIsCutMeanwhile() throws IOException
    {
        final LogFixture log = log();
        log.appendMany(100, 1000);
        // Up to the first index that waits in the queue.
        long operations = 0;
        for (int i = 0; i < 100 && operations != log.log.flushedEnd(); i++)
        {
            queue.drain();
            operations = log.log.flushedEnd();
            log.housekeep();
        }
        final LogTruncation cut = log.log.truncate(3);
        for (int i = 0; i < 100 && !cut.isDone(); i++)
        {
            log.housekeep();
        }
        assertTrue(cut.poll());
        for (int i = 0; i < 10; i++)
        {
            queue.drain();
            log.housekeep();
        }
        assertEquals(0, indexFiles(log));
        log.appendMany(100, 1000);
        for (int i = 0; i < 100; i++)
        {
            queue.drain();
            log.housekeep();
        }
        assertTrue(indexFiles(log) >= 2);
        assertEquals(List.of(), log.errors);
        assertEquals(log.log.logEnd(), log.readFrom(0));
    }
}
