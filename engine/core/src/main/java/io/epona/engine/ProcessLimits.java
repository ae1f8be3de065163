package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operating system lets this process have, held against what partitions need. Stateless: any thread.
 *
 * @param mappings    that the process may have at a time, {@link #UNKNOWN} where that is not known.
 * @param fileHandles that it may have at a time, {@link #UNKNOWN} where that is not known.
 */
record ProcessLimits(long mappings, long fileHandles)
{
    static final long UNKNOWN = Long.MAX_VALUE;
    /** Of a partition that nobody appends to: its last segment. */
    static final int MAPPINGS_IDLE = 1;
    /** Of one that is written: also the segment that is prepared, and the one before that is not on disk yet. */
    static final int MAPPINGS_WRITTEN = 3;
    /** Of the virtual machine, its libraries, the buffers of the streams, and the segments that are read. */
    static final int MAPPINGS_BESIDE = 2_000;
    /** No partition keeps one open; connections and what is opened for a moment. */
    static final int FILE_HANDLES_BESIDE = 256;
    private static final String MAX_OPEN_FILES = "Max open files";

    /**
     * Ask the operating system.
     *
     * @return the limits; UNKNOWN where it does not say.
     */
    static ProcessLimits read()
    {
        return read(Path.of("/proc"));
    }

    static ProcessLimits read(final Path proc)
    {
        long mappings = UNKNOWN;
        long fileHandles = UNKNOWN;
        for (final String line : lines(proc.resolve("sys/vm/max_map_count")))
        {
            mappings = number(line.trim());
        }
        for (final String line : lines(proc.resolve("self/limits")))
        {
            if (line.startsWith(MAX_OPEN_FILES))
            {
                // soft limit, hard limit, unit
                fileHandles = number(line.substring(MAX_OPEN_FILES.length()).trim().split("\\s+")[0]);
            }
        }

        return new ProcessLimits(mappings, fileHandles);
    }

    private static List<String> lines(final Path file)
    {
        try
        {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        }
        catch (final IOException ex)
        {
            // Another operating system, or a container that hides it: then nothing is known and nothing checked.
            return List.of();
        }
    }

    private static long number(final String text)
    {
        try
        {
            return Long.parseLong(text);
        }
        catch (final NumberFormatException ex)
        {
            // "unlimited"
            return UNKNOWN;
        }
    }

    /**
     * See that the partitions that are there can be opened, before the first one is; warn where those that may come, or
     * their files, would not fit.
     *
     * @param partitions    that are to be opened.
     * @param maxPartitions that there may be one day.
     * @param flushThreads  that each may have a file open.
     * @param reporter      told of what may fail later.
     * @throws EngineException LIMIT_REACHED where the partitions cannot all be mapped, with what to do.
     */
    void check(final int partitions, final int maxPartitions, final int flushThreads, final Reporter reporter)
    {
        final long idle = MAPPINGS_BESIDE + (long)MAPPINGS_IDLE * partitions;
        if (idle > mappings)
        {
            throw new EngineException(
                ResultCode.LIMIT_REACHED,
                partitions + " partitions need " + idle + " memory mappings even while they are idle, and this " +
                "process may have " + mappings + ": raise the limit with " + sysctl(partitions));
        }
        final int coming = Math.max(partitions, maxPartitions);
        final long written = MAPPINGS_BESIDE + (long)MAPPINGS_WRITTEN * coming;
        if (written > mappings)
        {
            reporter.report(
                ResultCode.LIMIT_REACHED,
                coming + " partitions (" + Setting.MAX_PARTITIONS.propertyName() + ") need up to " + written +
                " memory mappings while they are written, and this process may have " + mappings +
                ": where one is refused, appends get STORAGE_LOW; raise the limit with " + sysctl(coming) +
                ", or lower " + Setting.MAX_PARTITIONS.propertyName(),
                null);
        }
        final long files = FILE_HANDLES_BESIDE + flushThreads;
        if (files > fileHandles)
        {
            reporter.report(
                ResultCode.LIMIT_REACHED,
                "this process may have " + fileHandles + " files open and needs up to " + files +
                " and one for each connection: raise the limit with ulimit -n " + Math.max(1024, 2 * files) +
                " (of a service: LimitNOFILE)",
                null);
        }
    }

    /**
     * @return segment files that logs may keep mapped for convenience: half of what the process may have.
     */
    int mappingsOfSegments(final int atMost)
    {
        return (int)Math.min(atMost, mappings / 2);
    }

    private static String sysctl(final int partitions)
    {
        final long needed = MAPPINGS_BESIDE + (long)MAPPINGS_WRITTEN * partitions;
        // Room for what is read, and a number that looks like one.
        final long count = Long.highestOneBit(2 * needed - 1);
        return "sysctl -w vm.max_map_count=" + Math.max(262_144, count) +
            " (to keep it, put vm.max_map_count=" + Math.max(262_144, count) + " into /etc/sysctl.d/90-epona.conf)";
    }
}
