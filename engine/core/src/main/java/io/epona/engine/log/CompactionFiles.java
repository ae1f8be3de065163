package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import io.epona.engine.Storage.Region;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of the files of a compaction, and what becomes of those that an interrupted one left.
 * <p>
 * A new segment is written as {@code <base offset>.cleaned}, forced, and then renamed to {@code .swap}: from then on,
 * with the directory synced, it stands for the segments that it was made from. These are deleted, from the last to the
 * second; then the new one takes the name of the first, and the directory is synced again. So whatever the crash:
 * with {@code .cleaned} the old segments are all there, with {@code .swap} the new one is whole.
 */
final class CompactionFiles
{
    static final String CLEANED_SUFFIX = ".cleaned";
    static final String SWAP_SUFFIX = ".swap";

    private CompactionFiles()
    {
    }

    static Path cleanedFile(final Path directory, final long baseOffset)
    {
        return withSuffix(directory, baseOffset, CLEANED_SUFFIX);
    }

    static Path swapFile(final Path directory, final long baseOffset)
    {
        return withSuffix(directory, baseOffset, SWAP_SUFFIX);
    }

    private static Path withSuffix(final Path directory, final long baseOffset, final String suffix)
    {
        final String name = SegmentDescriptor.logFile(directory, baseOffset).getFileName().toString();
        return directory.resolve(
            name.substring(0, name.length() - SegmentDescriptor.LOG_SUFFIX.length()) + suffix);
    }

    /**
     * Complete or undo what was interrupted. Before the segments of the directory are looked at.
     *
     * @param storage   of the log.
     * @param directory of the log.
     * @param topicId   that the files must name.
     * @param partition that the files must name.
     * @throws IOException where a file cannot be read or changed, or does not belong to this log.
     */
    static void recover(final Storage storage, final Path directory, final long topicId, final int partition)
        throws IOException
    {
        final List<Path> swaps = new ArrayList<>();
        final List<Path> logs = new ArrayList<>();
        boolean isChanged = false;
        for (final Path file : storage.list(directory))
        {
            final String name = file.getFileName().toString();
            if (name.endsWith(CLEANED_SUFFIX))
            {
                storage.delete(file);
                isChanged = true;
            }
            else if (name.endsWith(SWAP_SUFFIX))
            {
                swaps.add(file);
            }
            else if (SegmentDescriptor.isLogFile(file))
            {
                logs.add(file);
            }
        }
        for (final Path swap : swaps)
        {
            complete(storage, directory, swap, logs, topicId, partition);
            isChanged = true;
        }
        if (isChanged)
        {
            storage.syncDirectory(directory);
        }
    }

    private static void complete(
        final Storage storage,
        final Path directory,
        final Path swap,
        final List<Path> logs,
        final long topicId,
        final int partition) throws IOException
    {
        final long[] range = range(storage, directory, swap, topicId, partition);
        if (logs.stream().noneMatch((log) -> baseOffset(log) == range[1]))
        {
            throw new IOException(
                swap + ": a compacted segment that ends at offset " + range[1] + ", where no other begins. If the " +
                "segments that it was made from are all there, move it away; else restore the directory");
        }
        for (int i = logs.size() - 1; i >= 0; i--)
        {
            final long baseOffset = baseOffset(logs.get(i));
            if (baseOffset >= range[0] && baseOffset < range[1])
            {
                storage.delete(IndexFileDescriptor.offsetsFile(directory, baseOffset));
                storage.delete(IndexFileDescriptor.timesFile(directory, baseOffset));
            }
            if (baseOffset > range[0] && baseOffset < range[1])
            {
                storage.delete(logs.get(i));
            }
        }
        // Gone for good before the name that says so goes: nothing else tells that they do not count.
        storage.syncDirectory(directory);
        storage.rename(swap, SegmentDescriptor.logFile(directory, range[0]));
    }

    private static long baseOffset(final Path log)
    {
        final String name = log.getFileName().toString();
        return Long.parseLong(name.substring(0, name.length() - SegmentDescriptor.LOG_SUFFIX.length()));
    }

    /** Offsets of a compacted segment: first, and the one behind the last. */
    private static long[] range(
        final Storage storage, final Path directory, final Path swap, final long topicId, final int partition)
        throws IOException
    {
        final Crc32c crc = new Crc32c();
        final Region region = storage.map(swap, (int)storage.length(swap));
        try
        {
            final UnsafeBuffer buffer = region.buffer();
            final String fault = SegmentDescriptor.fault(buffer, topicId, partition, crc);
            final long baseOffset = SegmentDescriptor.baseOffset(buffer);
            if (null != fault || !swap.equals(swapFile(directory, baseOffset)))
            {
                throw new IOException(swap + ": " + (null == fault ? "name and header disagree" : fault));
            }

            long offset = baseOffset;
            int index = SegmentDescriptor.HEADER_LENGTH;
            int length = BatchValidator.plausibleLength(buffer, index, buffer.capacity() - index);
            while (length > 0 && BatchValidator.isHeaderValid(buffer, index, crc) &&
                RecordBatchDescriptor.baseOffset(buffer, index) == offset)
            {
                offset = RecordBatchDescriptor.nextOffset(buffer, index);
                index += length;
                length = BatchValidator.plausibleLength(buffer, index, buffer.capacity() - index);
            }

            return new long[]{ baseOffset, offset };
        }
        finally
        {
            crc.releaseViews();
            region.unmap();
        }
    }
}
