package io.epona.jmh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Fails a build whose hot paths allocate: reads a result of JMH ({@code -rf json -prof gc}) and looks at the bytes
 * allocated per operation of every benchmark in it; a benchmark that may allocate is not to be run into that file.
 * <p>
 * <b>The rule.</b> A benchmark fails where it allocates more than {@value #MAX_BYTES_PER_OPERATION} bytes per operation
 * <i>and</i> more than {@value #BACKGROUND_BYTES} bytes per iteration. The second half is for short runs: JMH's own
 * threads, and a housekeeper beside the benchmark, allocate some ten kilobytes in an iteration however long it is,
 * and over the few operations of a 200 ms iteration of a slow benchmark that reads as more than the first half allows.
 * It hides nothing: the smallest object is 16 bytes, so that a path which allocates on each of as few as 16,384
 * operations passes the allowance, and nanosecond paths do millions in 200 ms.
 * <p>
 * Where a benchmark counts the bytes of its own thread ({@value #THREAD_BYTES}), because another thread works for it,
 * these alone count, and more than {@value #THREAD_BACKGROUND_BYTES} in an iteration fail: what JMH itself allocates on
 * that thread is a few kilobytes.
 * <p>
 * Exit codes: 0 nothing allocates, 2 wrong use, 4 something allocates, 5 the result proves nothing (empty, or without
 * the gc profiler).
 */
public final class AllocationGate
{
    static final double MAX_BYTES_PER_OPERATION = 0.01;
    static final long BACKGROUND_BYTES = 256 * 1024;
    static final long THREAD_BACKGROUND_BYTES = 64 * 1024;
    static final String THREAD_BYTES = "threadAllocatedBytes";

    static final int EXIT_OK = 0;
    static final int EXIT_USAGE = 2;
    static final int EXIT_ALLOCATES = 4;
    static final int EXIT_INVALID = 5;

    private static final double BYTES_PER_MB = 1024.0 * 1024.0;
    private static final String NORM = "gc.alloc.rate.norm";
    private static final String RATE = "gc.alloc.rate";

    private AllocationGate()
    {
    }

    /**
     * @param args one: the JSON result of JMH.
     */
    public static void main(final String[] args)
    {
        if (1 != args.length)
        {
            System.err.println("usage: AllocationGate FILE (a JMH result: -rf json -rff FILE -prof gc)");
            System.exit(EXIT_USAGE);
        }

        int exitCode = EXIT_USAGE;
        try
        {
            exitCode = check(new ObjectMapper().readTree(Path.of(args[0]).toFile()), System.out);
        }
        catch (final IOException ex)
        {
            System.err.println("cannot read " + args[0] + ": " + ex.getMessage());
        }
        System.exit(exitCode);
    }

    static int check(final JsonNode results, final PrintStream out)
    {
        if (!results.isArray() || results.isEmpty())
        {
            out.println("allocation gate: the file holds no results");
            return EXIT_INVALID;
        }

        int exitCode = EXIT_OK;
        for (final JsonNode result : results)
        {
            final String name = name(result);
            final JsonNode metrics = result.path("secondaryMetrics");
            if (!hasProfile(metrics))
            {
                out.println("allocation gate: no gc profile of " + name + ": run with -prof gc");
                return EXIT_INVALID;
            }

            // JMH leaves a metric out where there was nothing to measure.
            final double norm = score(metrics, NORM);
            final boolean isOfThread = !metric(metrics, THREAD_BYTES).isMissingNode();
            final double iterationBytes = isOfThread ?
                score(metrics, THREAD_BYTES) / Math.max(1, result.path("measurementIterations").asInt()) :
                score(metrics, RATE) * BYTES_PER_MB * seconds(result.path("measurementTime").asText());
            final boolean isAllocating = isOfThread ?
                iterationBytes > THREAD_BACKGROUND_BYTES :
                norm > MAX_BYTES_PER_OPERATION && iterationBytes > BACKGROUND_BYTES;
            out.printf("%-9s %12.4f B/op %12.0f B/iteration  %s%n",
                isAllocating ? "ALLOCATES" : "ok", norm, iterationBytes, name);
            exitCode = isAllocating ? EXIT_ALLOCATES : exitCode;
        }

        return exitCode;
    }

    private static String name(final JsonNode result)
    {
        final JsonNode params = result.path("params");
        return result.path("benchmark").asText() + (params.isMissingNode() ? "" : " " + params);
    }

    private static boolean hasProfile(final JsonNode metrics)
    {
        // The profiler always counts collections, so their absence means that it did not run.
        return !metric(metrics, "gc.count").isMissingNode();
    }

    private static double score(final JsonNode metrics, final String name)
    {
        return metric(metrics, name).path("score").asDouble(0);
    }

    private static JsonNode metric(final JsonNode metrics, final String name)
    {
        // Older versions of JMH put a middle dot before the name.
        final JsonNode metric = metrics.path(name);
        return metric.isMissingNode() ? metrics.path("\u00b7" + name) : metric;
    }

    /**
     * Seconds of a time as JMH writes it: a number, a space, a unit.
     *
     * @param time for instance {@code 200 ms}.
     * @return seconds.
     */
    static double seconds(final String time)
    {
        final String[] parts = time.trim().split("\\s+");
        if (2 != parts.length)
        {
            throw new IllegalArgumentException("not a time: " + time);
        }

        final long unitNs = switch (parts[1])
        {
            case "ns" -> 1;
            case "us" -> TimeUnit.MICROSECONDS.toNanos(1);
            case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
            case "s" -> TimeUnit.SECONDS.toNanos(1);
            case "min", "m" -> TimeUnit.MINUTES.toNanos(1);
            case "hr" -> TimeUnit.HOURS.toNanos(1);
            default -> throw new IllegalArgumentException("not a unit of time: " + time);
        };

        return Double.parseDouble(parts[0]) * unitNs / TimeUnit.SECONDS.toNanos(1);
    }
}
