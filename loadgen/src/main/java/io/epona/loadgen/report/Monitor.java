package io.epona.loadgen.report;

import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.load.AllocationGauge;
import io.epona.loadgen.load.Generator;
import io.epona.loadgen.load.HostWatch;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.Progress;
import io.epona.loadgen.load.Timeline;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks on while a load runs: four times a second it draws, once a second it takes the histograms' intervals, writes a
 * line of the series and samples the host. Belongs to the thread that calls {@link #watch}.
 */
final class Monitor implements AutoCloseable
{
    private static final long TICK_NS = 250_000_000L;
    private static final int TICKS_PER_SECOND = 4;
    private static final int REHEARSALS = 4;
    private static final String HEADER = "second,phase,scheduled,accepted,acked,delivered,e2eP50Ns,e2eP99Ns,e2eMaxNs," +
        "onTheWay,backPressured,duplicated,reordered,corrupt,missing,stealPercent,othersCpuPercent,hiccupP99Ns," +
        "hiccupMaxNs,gcCount,gcMs,cpuPressurePercent";

    private final NanoClock clock;
    private final EpochClock epochClock;
    private final Generator generator;
    private final LoadDriver driver;
    private final Progress progress;
    private final Latencies latencies;
    private final HostWatch host;
    private final LiveDisplay display;
    private final Thread generatorThread;
    private final IntervalLog log;
    private final PrintWriter series;
    private final AllocationGauge gauge = new AllocationGauge();
    private final Histogram[] intervals = new Histogram[Latencies.TAGS.size()];
    private final Histogram[] warming = new Histogram[Latencies.TAGS.size()];
    private final StringBuilder text = new StringBuilder();
    private final long[] last = new long[Progress.MISSING + 1];
    private HostWatch.Sample lastHost;
    private long intervalBeginMs;
    private int seconds;

    Monitor(
        final NanoClock clock,
        final EpochClock epochClock,
        final Generator generator,
        final Thread generatorThread,
        final LoadDriver driver,
        final Progress progress,
        final Latencies latencies,
        final HostWatch host,
        final LiveDisplay display,
        final RunFolder folder) throws IOException
    {
        this.clock = clock;
        this.epochClock = epochClock;
        this.generator = generator;
        this.generatorThread = generatorThread;
        this.driver = driver;
        this.progress = progress;
        this.latencies = latencies;
        this.host = host;
        this.display = display;
        this.intervalBeginMs = epochClock.time();
        this.log = new IntervalLog(folder.file(RunFolder.HLOG), intervalBeginMs, folder.id());
        this.series = new PrintWriter(
            Files.newBufferedWriter(folder.file(RunFolder.SERIES), StandardCharsets.UTF_8));
        series.println(HEADER);
    }

    /**
     * Until the data threads have ended.
     */
    void watch()
    {
        long nextNs = clock.nanoTime();
        int ticks = 0;
        host.sample(false, List.of());
        while (Progress.Phase.DONE != progress.phase())
        {
            nextNs += TICK_NS;
            long nowNs = clock.nanoTime();
            while (nowNs - nextNs < 0 && Progress.Phase.DONE != progress.phase())
            {
                LockSupport.parkNanos(nextNs - nowNs);
                nowNs = clock.nanoTime();
            }

            final Timeline timeline = generator.timeline();
            if (++ticks % TICKS_PER_SECOND == 0)
            {
                second(nowNs, timeline);
            }
            display.tick(nowNs, timeline, shown(), lastHost);
        }
        second(clock.nanoTime(), generator.timeline());
    }

    private Histogram shown()
    {
        final Histogram measured = log.total(Latencies.E2E);
        return measured.getTotalCount() > 0 ? measured : warming[Latencies.E2E];
    }

    private void second(final long nowNs, final Timeline timeline)
    {
        final boolean inWindow = null != timeline &&
            nowNs - timeline.measureStartNs() >= 0 && nowNs - timeline.measureEndNs() < 0;
        if (inWindow)
        {
            gauge.look(dataThreads(), driver, progress.get(Progress.DELIVERED));
        }
        else if (null != timeline && nowNs - timeline.measureStartNs() < 0)
        {
            gauge.rehearse(dataThreads(), driver);
        }
        final boolean wholeSecondInWindow = inWindow &&
            nowNs - TICK_NS * TICKS_PER_SECOND - timeline.measureStartNs() >= 0;
        lastHost = host.sample(wholeSecondInWindow, driver.childProcesses());
        Thread.yield();

        final long nowMs = epochClock.time();
        for (int tag = 0; tag < intervals.length; tag++)
        {
            intervals[tag] = latencies.measured(tag).getIntervalHistogram(intervals[tag]);
            log.add(tag, intervals[tag], intervalBeginMs, nowMs);
            warming[tag] = latencies.unmeasured(tag).getIntervalHistogram(warming[tag]);
            rehearse(warming[tag]);
            // A second's work takes some ms in all: the load, where it waits for this core, has it back in between.
            Thread.yield();
        }
        intervalBeginMs = nowMs;
        if (null != timeline)
        {
            line();
        }
    }

    private void rehearse(final Histogram interval)
    {
        if (Progress.Phase.WARMUP == progress.phase())
        {
            for (int i = 0; i < REHEARSALS; i++)
            {
                log.rehearse(interval);
                Thread.yield();
            }
        }
    }

    private List<Thread> dataThreads()
    {
        final List<Thread> threads = new ArrayList<>(driver.dataThreads());
        threads.add(generatorThread);
        if (null != generator.consumerThread())
        {
            threads.add(generator.consumerThread());
        }

        return threads;
    }

    private void line()
    {
        final Histogram e2e = intervals[Latencies.E2E].getTotalCount() > 0 ?
            intervals[Latencies.E2E] : warming[Latencies.E2E];
        final boolean timed = e2e.getTotalCount() > 0;
        final long onTheWay = progress.get(Progress.ACCEPTED) - progress.get(Progress.REFUSED) -
            progress.get(Progress.DELIVERED);
        // By hand: a format is parsed anew each time, and what that makes the JIT compile runs on the load's cores.
        text.setLength(0);
        text.append(++seconds).append(',').append(progress.phase().name().toLowerCase(Locale.ROOT));
        append(delta(Progress.SCHEDULED));
        append(delta(Progress.ACCEPTED));
        append(delta(Progress.ACKED));
        append(delta(Progress.DELIVERED));
        if (timed)
        {
            append(e2e.getValueAtPercentile(50));
            append(e2e.getValueAtPercentile(99));
            append(e2e.getMaxValue());
        }
        else
        {
            text.append(",,,");
        }
        append(onTheWay);
        append(delta(Progress.BACK_PRESSURED));
        append(progress.get(Progress.DUPLICATED));
        append(progress.get(Progress.REORDERED));
        append(progress.get(Progress.CORRUPT));
        append(progress.get(Progress.MISSING));
        append(lastHost.stealPercent());
        append(lastHost.othersPercent());
        append(lastHost.hiccupP99Ns());
        append(lastHost.hiccupMaxNs());
        append(lastHost.gcCount());
        append(lastHost.gcMs());
        append(lastHost.cpuPressure());
        series.println(text);
    }

    private void append(final long value)
    {
        text.append(',').append(value);
    }

    private void append(final double percent)
    {
        text.append(',').append(Math.round(percent * 100) / 100.0);
    }

    private long delta(final int cell)
    {
        final long value = progress.get(cell);
        final long delta = value - last[cell];
        last[cell] = value;

        return delta;
    }

    HostWatch host()
    {
        return host;
    }

    AllocationGauge gauge()
    {
        return gauge;
    }

    Histogram[] totals()
    {
        final Histogram[] totals = new Histogram[Latencies.TAGS.size()];
        for (int tag = 0; tag < totals.length; tag++)
        {
            totals[tag] = log.total(tag);
        }

        return totals;
    }

    /**
     * Write out what is buffered: the files are complete when the watch has ended.
     */
    void flush()
    {
        log.flush();
        series.flush();
    }

    @Override
    public void close()
    {
        log.close();
        series.close();
    }
}
