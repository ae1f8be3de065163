package io.epona.loadgen.report;

import io.epona.loadgen.load.Latencies;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code latency.hlog}: a HdrHistogram interval log of the window's samples, a line for each tag and second. Adding
 * its lines gives the histograms of the run back without loss. Owned by the monitor.
 */
final class IntervalLog implements AutoCloseable
{
    private final PrintStream out;
    private final HistogramLogWriter writer;
    private final Histogram[] totals = new Histogram[Latencies.TAGS.size()];
    private final HistogramLogWriter rehearsal =
        new HistogramLogWriter(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    private final Histogram rehearsed = emptyHistogram();

    IntervalLog(final Path file, final long startEpochMs, final String title) throws IOException
    {
        out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8);
        writer = new HistogramLogWriter(out);
        writer.outputComment("Epona loadgen: " + title + "; nanoseconds; samples of the window by intended time");
        writer.outputLogFormatVersion();
        writer.outputStartTime(startEpochMs);
        writer.outputLegend();
        for (int i = 0; i < totals.length; i++)
        {
            totals[i] = emptyHistogram();
        }
    }

    static Histogram emptyHistogram()
    {
        return new Histogram(1, Latencies.MAX_NS, Latencies.DIGITS);
    }

    void add(final int tag, final Histogram interval, final long beginEpochMs, final long endEpochMs)
    {
        if (interval.getTotalCount() > 0)
        {
            interval.setTag(Latencies.TAGS.get(tag));
            interval.setStartTimeStamp(beginEpochMs);
            interval.setEndTimeStamp(endEpochMs);
            writer.outputIntervalHistogram(interval);
            totals[tag].add(interval);
        }
    }

    /**
     * Do for nothing what {@link #add} does, during the warm-up: its loops are long, and the first ones that run are
     * compiled, on the cores of the load.
     *
     * @param interval outside the window.
     */
    void rehearse(final Histogram interval)
    {
        if (interval.getTotalCount() > 0)
        {
            rehearsal.outputIntervalHistogram(interval);
            rehearsed.add(interval);
        }
    }

    Histogram total(final int tag)
    {
        return totals[tag];
    }

    void flush()
    {
        out.flush();
    }

    @Override
    public void close()
    {
        out.close();
    }

    /**
     * @param file an interval log.
     * @return the sums of its lines, by the order of {@link Latencies#TAGS}.
     * @throws IOException where it cannot be read, is damaged, or holds a tag of another kind.
     */
    static List<Histogram> read(final Path file) throws IOException
    {
        final List<Histogram> totals = new ArrayList<>();
        Latencies.TAGS.forEach((tag) -> totals.add(emptyHistogram()));
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile()))
        {
            for (EncodableHistogram interval = reader.nextIntervalHistogram();
                null != interval;
                interval = reader.nextIntervalHistogram())
            {
                final int tag = Latencies.TAGS.indexOf(interval.getTag());
                if (tag < 0 || !(interval instanceof final Histogram histogram))
                {
                    throw new IOException("a line of " + file.getFileName() + " cannot be read");
                }
                totals.get(tag).add(histogram);
            }
        }
        catch (final RuntimeException ex)
        {
            throw new IOException("a line of " + file.getFileName() + " cannot be decoded: " + ex.getMessage(), ex);
        }

        return totals;
    }
}
