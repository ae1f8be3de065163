package io.epona.loadgen.report;

import io.epona.loadgen.load.HostWatch;
import io.epona.loadgen.load.Progress;
import io.epona.loadgen.load.Timeline;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import org.HdrHistogram.Histogram;

import java.io.PrintStream;
import java.util.Locale;

/**
 * What is seen while a run goes on: a block of five lines redrawn four times a second on a terminal, else one line
 * every five seconds. Owned by the monitor.
 */
final class LiveDisplay
{
    private static final int LINES = 5;
    private static final int BAR = 24;
    private static final long PLAIN_INTERVAL_NS = 5_000_000_000L;
    private static final int HISTORY = 4;
    private static final int[] RATES = {
        Progress.SCHEDULED, Progress.ACCEPTED, Progress.ACKED, Progress.DELIVERED};

    private final PrintStream out;
    private final boolean terminal;
    private final Scenario scenario;
    private final Progress progress;
    private final long[][] history = new long[HISTORY][RATES.length];
    private final long[] times = new long[HISTORY];
    private int ticks;
    private boolean drawn;
    private long nextPlainNs;

    /**
     * @param out      to draw on, or null for no display.
     * @param terminal whether lines can be redrawn.
     * @param scenario that runs.
     * @param progress of it.
     */
    LiveDisplay(final PrintStream out, final boolean terminal, final Scenario scenario, final Progress progress)
    {
        this.out = out;
        this.terminal = terminal;
        this.scenario = scenario;
        this.progress = progress;
    }

    /**
     * Draw.
     *
     * @param nowNs    now.
     * @param timeline of the run, null during the setup.
     * @param latency  end to end: of the window so far, or of the last second before it.
     * @param host     last sample, or null.
     */
    void tick(final long nowNs, final Timeline timeline, final Histogram latency, final HostWatch.Sample host)
    {
        if (null == out)
        {
            return;
        }

        final double[] rates = rates(nowNs);
        if (terminal)
        {
            block(nowNs, timeline, rates, latency, host);
        }
        else if (nowNs - nextPlainNs >= 0)
        {
            if (0 != nextPlainNs)
            {
                plain(nowNs, timeline, rates, latency);
            }
            nextPlainNs = nowNs + PLAIN_INTERVAL_NS;
        }
    }

    private double[] rates(final long nowNs)
    {
        final int oldest = ticks % HISTORY;
        final double seconds = (nowNs - times[oldest]) / 1e9;
        final double[] rates = new double[RATES.length];
        for (int i = 0; i < RATES.length; i++)
        {
            final long count = progress.get(RATES[i]);
            rates[i] = ticks >= HISTORY && seconds > 0 ? (count - history[oldest][i]) / seconds : 0;
            history[oldest][i] = count;
        }
        times[oldest] = nowNs;
        ticks++;

        return rates;
    }

    private void block(
        final long nowNs,
        final Timeline timeline,
        final double[] rates,
        final Histogram latency,
        final HostWatch.Sample host)
    {
        final StringBuilder text = new StringBuilder(512);
        if (drawn)
        {
            text.append("\033[").append(LINES).append('A');
        }
        drawn = true;
        line(text, headline(nowNs, timeline));
        line(text, String.format(Locale.ROOT, "  rate/s   scheduled %-9s accepted %-9s acked %-9s delivered %s",
            Text.compact(rates[0]), Text.compact(rates[1]), Text.compact(rates[2]), Text.compact(rates[3])));
        line(text, "  e2e us   " + percentiles(latency));
        line(text, String.format(Locale.ROOT, "  verify   missing %d  duplicated %d  reordered %d  corrupt %d  " +
            "on the way %s", progress.get(Progress.MISSING), progress.get(Progress.DUPLICATED),
            progress.get(Progress.REORDERED), progress.get(Progress.CORRUPT), Text.grouped(onTheWay())));
        line(text, null == host ? "  host     ..." : String.format(Locale.ROOT,
            "  host     steal %.1f %%  others %.0f %%  hiccup p99 %.2f ms  gc %d ms  cpu pressure %.0f %%",
            host.stealPercent(), host.othersPercent(), host.hiccupP99Ns() / 1e6, host.gcMs(), host.cpuPressure()));
        out.print(text);
        out.flush();
    }

    private static void line(final StringBuilder text, final String line)
    {
        text.append("\033[2K").append(line).append('\n');
    }

    private String headline(final long nowNs, final Timeline timeline)
    {
        final String title = scenario.name() + " on " + scenario.driver().use() + "  ";
        if (null == timeline)
        {
            return title + "setting up";
        }

        final long beginNs;
        final long endNs;
        switch (progress.phase())
        {
            case MEASURE ->
            {
                beginNs = timeline.measureStartNs();
                endNs = timeline.measureEndNs();
            }
            case DRAIN, DONE ->
            {
                beginNs = timeline.measureEndNs();
                endNs = timeline.drainEndNs();
            }
            default ->
            {
                beginNs = timeline.t0Ns();
                endNs = timeline.measureStartNs();
            }
        }
        final double whole = Math.max(1, endNs - beginNs);
        final double part = Math.min(1, Math.max(0, (nowNs - beginNs) / whole));
        final int filled = (int)(part * BAR);

        return title + String.format(Locale.ROOT, "%-7s %5.1f / %.1f s  [%s%s]",
            progress.phase().name().toLowerCase(Locale.ROOT), part * whole / 1e9, whole / 1e9,
            "#".repeat(filled), "-".repeat(BAR - filled));
    }

    private String percentiles(final Histogram latency)
    {
        if (Mode.FLOOD == scenario.load().mode())
        {
            return "(a flood has no latency)";
        }
        if (null == latency || 0 == latency.getTotalCount())
        {
            return "-";
        }

        return "p50 " + Text.micros(Percentiles.value(latency, "p50")) +
            "  p90 " + Text.micros(Percentiles.value(latency, "p90")) +
            "  p99 " + Text.micros(Percentiles.value(latency, "p99")) +
            "  p99.9 " + Text.micros(Percentiles.value(latency, "p99_9")) +
            "  max " + Text.micros(latency.getMaxValue());
    }

    private long onTheWay()
    {
        return Math.max(0, progress.get(Progress.ACCEPTED) - progress.get(Progress.REFUSED) -
            progress.get(Progress.DELIVERED));
    }

    private void plain(
        final long nowNs, final Timeline timeline, final double[] rates, final Histogram latency)
    {
        final double second = null == timeline ? 0 : (nowNs - timeline.t0Ns()) / 1e9;
        out.printf(Locale.ROOT, "%5.0f s  %-7s  accepted %s/s  delivered %s/s  e2e us %s  missing %d%n",
            second,
            progress.phase().name().toLowerCase(Locale.ROOT),
            Text.compact(rates[1]),
            Text.compact(rates[3]),
            percentiles(latency),
            progress.get(Progress.MISSING));
        out.flush();
    }
}
