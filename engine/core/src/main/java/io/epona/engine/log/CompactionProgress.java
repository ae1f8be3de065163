package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How far a log was compacted, kept in the file {@code cleaned} of its directory. Owned by the housekeeper.
 * <p>
 * Below the clean end each key has one record. A tombstone down there may go when all that it replaced has been gone
 * for {@code delete.retention.ms}: so the file also has the times at which the end was moved up. Without the file, or
 * where it is damaged, everything counts as not compacted: that costs work and lets tombstones live longer, and loses
 * nothing. Where the log was cut, the end moves down with it before a byte is appended again, since what then follows
 * was never compacted.
 * <pre>
 *   0 header of small files, magic EPONCLND      24 bytes
 *  24 clean end                                  i64
 *  32 number of marks                            i32, i32 zero
 *  40 for each mark: end, time at which it held  i64, i64 epoch ns
 * </pre>
 */
final class CompactionProgress
{
    static final String FILE = "cleaned";
    static final String MAGIC = "EPONCLND";
    private static final int COUNT_INDEX = CheckedFile.HEADER_LENGTH + Long.BYTES;
    private static final int MARKS_INDEX = COUNT_INDEX + Long.BYTES;
    private static final int MARK_LENGTH = 2 * Long.BYTES;
    private static final int MARKS_MAX = 16;

    private final Storage storage;
    private final Path file;
    private final long[] ends = new long[MARKS_MAX];
    private final long[] timesNs = new long[MARKS_MAX];
    private int count;
    private long cleanEnd;

    CompactionProgress(final Storage storage, final Path directory)
    {
        this.storage = storage;
        this.file = directory.resolve(FILE);
    }

    /**
     * Read the file.
     *
     * @return null, or what is wrong with it.
     * @throws IOException where it cannot be read.
     */
    String load() throws IOException
    {
        count = 0;
        cleanEnd = 0;
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = storage.read(file);
        final String damage = CheckedFile.damage(bytes, MAGIC);
        if (null != damage)
        {
            return damage;
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final int marks = bytes.length < MARKS_INDEX ? -1 : buffer.getInt(COUNT_INDEX, CheckedFile.ORDER);
        if (marks < 0 || marks > MARKS_MAX || bytes.length != MARKS_INDEX + marks * MARK_LENGTH)
        {
            return "its length does not fit its contents";
        }
        for (int i = 0; i < marks; i++)
        {
            ends[i] = buffer.getLong(MARKS_INDEX + i * MARK_LENGTH, CheckedFile.ORDER);
            timesNs[i] = buffer.getLong(MARKS_INDEX + i * MARK_LENGTH + Long.BYTES, CheckedFile.ORDER);
        }
        count = marks;
        cleanEnd = buffer.getLong(CheckedFile.HEADER_LENGTH, CheckedFile.ORDER);

        return null;
    }

    /**
     * Move the clean end of a log down to where it ends. Before anything is appended.
     *
     * @param storage   of the log.
     * @param directory of the log.
     * @param logEnd    offset at which it ends.
     * @throws IOException where that could not be written: nothing may be appended then.
     */
    static void cut(final Storage storage, final Path directory, final long logEnd) throws IOException
    {
        final CompactionProgress progress = new CompactionProgress(storage, directory);
        // A damaged file means that nothing is clean, so there is nothing to move.
        if (null == progress.load())
        {
            progress.cut(logEnd);
        }
    }

    /**
     * @return the first offset that was not compacted yet.
     */
    long cleanEnd()
    {
        return cleanEnd;
    }

    /**
     * The log ends at an offset now. To be called before anything is appended.
     *
     * @throws IOException where that could not be written: nothing may be appended then.
     */
    void cut(final long logEnd) throws IOException
    {
        if (cleanEnd <= logEnd)
        {
            return;
        }

        cleanEnd = logEnd;
        while (count > 0 && ends[count - 1] > logEnd)
        {
            // What lies below the cut was clean at that time too.
            ends[count - 1] = logEnd;
            if (count > 1 && ends[count - 2] >= logEnd)
            {
                count--;
            }
        }
        write();
    }

    /**
     * Everything below an offset was compacted.
     *
     * @param end               offset.
     * @param nowNs             epoch ns.
     * @param deleteRetentionNs of tombstones.
     * @throws IOException where it could not be written: what was before then holds.
     */
    void advance(final long end, final long nowNs, final long deleteRetentionNs) throws IOException
    {
        // Of the marks that are old enough only the last one says anything.
        int expired = 0;
        while (expired + 1 < count && isExpired(timesNs[expired + 1], nowNs, deleteRetentionNs))
        {
            expired++;
        }
        final int left = count - expired;
        System.arraycopy(ends, expired, ends, 0, left);
        System.arraycopy(timesNs, expired, timesNs, 0, left);
        // Where there is no room, the newest mark takes the place of the one before: its tombstones wait longer.
        count = Math.min(left + 1, MARKS_MAX);
        ends[count - 1] = end;
        // A clock that went back and comes again must not make the mark older than it is.
        timesNs[count - 1] = left > 0 ? Math.max(nowNs, timesNs[left - 1]) : nowNs;
        cleanEnd = end;
        write();
    }

    /**
     * @param nowNs             epoch ns.
     * @param deleteRetentionNs of tombstones.
     * @return offset below which a tombstone has nothing to replace any more, and was kept long enough after that.
     */
    long expiredEnd(final long nowNs, final long deleteRetentionNs)
    {
        long end = 0;
        for (int i = 0; i < count; i++)
        {
            if (isExpired(timesNs[i], nowNs, deleteRetentionNs))
            {
                end = Math.max(end, ends[i]);
            }
        }

        return end;
    }

    /** A clock that went back makes the age less, and nothing goes early for it. */
    private static boolean isExpired(final long sinceNs, final long nowNs, final long retentionNs)
    {
        return nowNs - sinceNs >= retentionNs;
    }

    private void write() throws IOException
    {
        final byte[] bytes = new byte[MARKS_INDEX + count * MARK_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putLong(CheckedFile.HEADER_LENGTH, cleanEnd, CheckedFile.ORDER);
        buffer.putInt(COUNT_INDEX, count, CheckedFile.ORDER);
        for (int i = 0; i < count; i++)
        {
            buffer.putLong(MARKS_INDEX + i * MARK_LENGTH, ends[i], CheckedFile.ORDER);
            buffer.putLong(MARKS_INDEX + i * MARK_LENGTH + Long.BYTES, timesNs[i], CheckedFile.ORDER);
        }
        CheckedFile.seal(bytes, MAGIC);
        storage.replace(file, bytes);
    }

    @Override
    public String toString()
    {
        return "clean to " + cleanEnd + ' ' + Arrays.toString(Arrays.copyOf(ends, count));
    }
}
