package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What is being cut from a log, in the file {@code truncation} of its directory while it is. Once the file stands the
 * log counts as cut: whatever is left of the work is done by recovery, before it looks at anything else. So after a
 * crash a log is what it was before or what it was to be, and nothing in between.
 * <pre>
 *   0 header of small files, magic EPONTRUN             24 bytes
 *  24 offset at which the log ends, or begins anew      i64
 *  32 base offset of the segment that ends there        i64, -1 where the log begins anew
 *  40 index in that segment                             i32, i32 zero
 * </pre>
 *
 * @param offset     at which the log ends, or begins anew.
 * @param baseOffset of the segment that ends there, -1 where the log begins anew.
 * @param index      in that segment.
 */
record TruncationFile(long offset, long baseOffset, int index)
{
    static final String FILE = "truncation";
    static final String MAGIC = "EPONTRUN";
    private static final int BASE_INDEX = CheckedFile.HEADER_LENGTH + Long.BYTES;
    private static final int INDEX_INDEX = BASE_INDEX + Long.BYTES;
    private static final int LENGTH = INDEX_INDEX + Long.BYTES;

    boolean isReset()
    {
        return baseOffset < 0;
    }

    void write(final Storage storage, final Path directory) throws IOException
    {
        final byte[] bytes = new byte[LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putLong(CheckedFile.HEADER_LENGTH, offset, CheckedFile.ORDER);
        buffer.putLong(BASE_INDEX, baseOffset, CheckedFile.ORDER);
        buffer.putInt(INDEX_INDEX, index, CheckedFile.ORDER);
        CheckedFile.seal(bytes, MAGIC);
        storage.replace(directory.resolve(FILE), bytes);
    }

    static void delete(final Storage storage, final Path directory) throws IOException
    {
        storage.delete(directory.resolve(FILE));
        storage.syncDirectory(directory);
    }

    /**
     * Do what is left of a truncation that was interrupted, but for deleting the file.
     *
     * @param storage   of the log.
     * @param directory of the log.
     * @return what the file says, or null where there is none.
     * @throws IOException where files cannot be changed, or this one is damaged: it was whole once.
     */
    static TruncationFile recover(final Storage storage, final Path directory) throws IOException
    {
        final Path file = directory.resolve(FILE);
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = storage.read(file);
        final String damage = CheckedFile.damage(bytes, MAGIC);
        if (null != damage || LENGTH != bytes.length)
        {
            throw new IOException(file + ": " + (null == damage ? "it has an unexpected length" : damage) +
                ". It says where the log was being cut: restore the directory, or delete the file and accept that " +
                "the log may go on behind that");
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final TruncationFile truncation = new TruncationFile(
            buffer.getLong(CheckedFile.HEADER_LENGTH, CheckedFile.ORDER),
            buffer.getLong(BASE_INDEX, CheckedFile.ORDER),
            buffer.getInt(INDEX_INDEX, CheckedFile.ORDER));
        truncation.cutFiles(storage, directory);

        return truncation;
    }

    /** From the last file to the first: an interruption of this leaves no hole, whoever looks at it. */
    private void cutFiles(final Storage storage, final Path directory) throws IOException
    {
        final List<Path> files = storage.list(directory);
        for (int i = files.size() - 1; i >= 0; i--)
        {
            final Path path = files.get(i);
            if (SegmentDescriptor.isNextFile(path) || ProducerSnapshot.offsetOf(path) > offset ||
                isReset() && ProducerSnapshot.offsetOf(path) >= 0)
            {
                storage.delete(path);
            }
            else if (SegmentDescriptor.isLogFile(path))
            {
                if (isReset() || SegmentDescriptor.baseOffsetOf(path) > baseOffset)
                {
                    storage.delete(path);
                }
                else if (SegmentDescriptor.baseOffsetOf(path) == baseOffset)
                {
                    cutTail(storage, path, index, (int)storage.length(path));
                }
            }
        }
        storage.syncDirectory(directory);
    }

    /** Zeros from an index on, durably: nothing there may ever be taken for a batch again. */
    static void cutTail(final Storage storage, final Path file, final int index, final int length) throws IOException
    {
        storage.truncate(file, index);
        storage.truncate(file, length);
        storage.force(file);
    }
}
