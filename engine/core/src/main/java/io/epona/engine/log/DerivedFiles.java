package io.epona.engine.log;

import io.epona.engine.CheckedFile;
import io.epona.engine.log.LogFinding.Kind;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks at the files beside the segments of a log that hold what the log says anyway: indexes, epochs, snapshots of
 * producers. None of them is believed over the log, so that one which is damaged is a warning. Reads only.
 */
final class DerivedFiles
{
    private DerivedFiles()
    {
    }

    /**
     * @return what is wrong with the files in the directory of a partition.
     */
    static List<LogFinding> inspect(final Path directory, final long topicId, final int partition) throws IOException
    {
        final List<LogFinding> findings = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory))
        {
            for (final Path file : files.sorted().toList())
            {
                final String fault = fault(file, topicId, partition);
                if (null != fault)
                {
                    findings.add(new LogFinding(
                        Kind.DERIVED_FILE, file, -1, 0, 0, fault + "; the next start makes it anew from the log"));
                }
            }
        }

        return findings;
    }

    /**
     * Where the log was cut, or is being cut, since the last checkpoint: what that one says beyond it counts no more.
     *
     * @return the offset, or the greatest one where the log was not cut.
     */
    static long cutOffset(final Path directory) throws IOException
    {
        return Math.min(
            cutOffset(directory.resolve(TruncationFile.FILE), TruncationFile.MAGIC),
            cutOffset(directory.resolve(LogStateFiles.CAP_FILE_NAME), LogStateFiles.CAP_MAGIC));
    }

    private static long cutOffset(final Path file, final String magic) throws IOException
    {
        if (!Files.exists(file))
        {
            return Long.MAX_VALUE;
        }
        try
        {
            final byte[] bytes = Files.readAllBytes(file);
            return null == CheckedFile.damage(bytes, magic) && bytes.length >= CheckedFile.HEADER_LENGTH + Long.BYTES ?
                new UnsafeBuffer(bytes).getLong(CheckedFile.HEADER_LENGTH, CheckedFile.ORDER) : Long.MAX_VALUE;
        }
        catch (final NoSuchFileException ex)
        {
            // An engine runs, and a checkpoint has followed.
            return Long.MAX_VALUE;
        }
    }

    private static String fault(final Path file, final long topicId, final int partition) throws IOException
    {
        final String name = file.getFileName().toString();
        final boolean isOfTimes = name.endsWith(IndexFileDescriptor.TIMES_SUFFIX);
        final boolean isEpochs = LeaderEpochs.FILE_NAME.equals(name);
        final long snapshotOffset = ProducerSnapshot.offsetOf(file);
        if (!isOfTimes && !isEpochs && snapshotOffset < 0 && !name.endsWith(IndexFileDescriptor.OFFSETS_SUFFIX))
        {
            return null;
        }

        try
        {
            final byte[] bytes = Files.readAllBytes(file);
            if (isEpochs)
            {
                return LeaderEpochs.History.damage(bytes, topicId, partition);
            }
            return snapshotOffset >= 0 ?
                ProducerSnapshot.damage(bytes, topicId, partition, snapshotOffset) :
                indexFault(bytes, isOfTimes, topicId, partition);
        }
        catch (final NoSuchFileException ex)
        {
            // An engine runs and has replaced or removed it.
            return null;
        }
    }

    private static String indexFault(
        final byte[] bytes, final boolean isOfTimes, final long topicId, final int partition)
    {
        final String fault = IndexFileDescriptor.fault(bytes, isOfTimes);
        if (null != fault)
        {
            return fault;
        }
        final IndexFileDescriptor.Subject subject = IndexFileDescriptor.subject(bytes);
        return subject.topicId() != topicId || subject.partition() != partition ? "of another log" : null;
    }
}
