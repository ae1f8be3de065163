package io.epona.engine.log;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

/**
 * Mapped memory and segments for the tests, which make thousands of states at once: one file is mapped, and each state
 * gets a slot of it. A slot comes round again after {@value #SLOTS} states, long after its last user is gone.
 */
final class StressLog
{
    /** Bytes of a slot: two cache lines, so that states do not disturb each other. */
    static final int SLOT_LENGTH = 128;
    /** What stands in the log before a housekeeper gives its memory to other bytes. */
    static final long BATCH = 0x0123_4567_89AB_CDEFL;
    /** What stands in the memory of a segment after it was given to another use. */
    static final long REUSED = -1L;

    private static final int SLOTS = 1 << 17;
    private static final int SEGMENTS = 4;
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final SegmentFile[] FILES = new SegmentFile[SEGMENTS];
    private static final UnsafeBuffer MEMORY;

    static
    {
        try
        {
            final Path directory = Files.createTempDirectory("epona-jcstress-");
            final Path slots = directory.resolve("slots");
            Files.createFile(slots);
            final int length = SLOTS * SLOT_LENGTH;
            final FileStorage storage = new FileStorage();
            storage.truncate(slots, length);
            try (FileChannel channel = FileChannel.open(slots, READ, WRITE))
            {
                MEMORY = new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
            }
            for (int i = 0; i < SEGMENTS; i++)
            {
                FILES[i] = SegmentFile.create(
                    storage, directory.resolve(i + ".log"), LogConfig.SEGMENT_BYTES_MIN, new LogConfig(
                        LogConfig.SEGMENT_BYTES_MIN, LogConfig.RETENTION_BYTES_DEFAULT,
                        LogConfig.MAX_MESSAGE_BYTES_DEFAULT));
            }
            // The mappings stay.
            IoUtil.delete(directory.toFile(), false);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    private StressLog()
    {
    }

    static UnsafeBuffer memory()
    {
        return MEMORY;
    }

    /**
     * @param value that the first word of the slot holds; the others are 0.
     * @return index of a slot in {@link #memory()}.
     */
    static int slot(final long value)
    {
        final int index = (NEXT.getAndIncrement() & (SLOTS - 1)) * SLOT_LENGTH;
        MEMORY.setMemory(index, SLOT_LENGTH, (byte)0);
        MEMORY.putLong(index, value);

        return index;
    }

    /**
     * @param number of the file beneath, which many states share: its memory is not to be used.
     * @return a segment that is in no log.
     */
    static Segment segment(final int number)
    {
        return new Segment(FILES[number], 0);
    }

    /**
     * @param logEnd first offset that is not there.
     * @return the ends of a log that is read when it is in memory.
     */
    static LogPositions positions(final long logEnd)
    {
        return positions(logEnd, FlushPolicy.NONE);
    }

    /**
     * @param logEnd first offset that is not there.
     * @param policy that says when a record is committed.
     * @return the ends of a log without replicas elsewhere.
     */
    static LogPositions positions(final long logEnd, final FlushPolicy policy)
    {
        return new LogPositions(0, logEnd, LogPositions.ALONE, policy);
    }

    /**
     * @param logEnd first offset that is not there.
     * @return the shared state of a log of one segment.
     */
    static LogState state(final long logEnd)
    {
        final Segment first = segment(0);
        first.begin(0, 0, SegmentDescriptor.HEADER_LENGTH);
        return new LogState(1, 0, positions(logEnd), TimestampType.CREATE_TIME, new Segment[] { first });
    }
}
