package io.epona.loadgen.load;

import io.epona.loadgen.scenario.Scenario.Limits;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.NanoClock;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * Watches, once a second, what could bend a measurement and is no part of it: time stolen by the host, pressure on the
 * CPUs, garbage collection, late wake-ups, other processes. Where the system does not tell (no /proc), those values are
 * 0 and {@link #isTelling()} says so.
 * <p>
 * Owned by the monitor.
 */
public final class HostWatch
{
    private static final Path PROC = Path.of("/proc");
    private static final List<GarbageCollectorMXBean> COLLECTORS = ManagementFactory.getGarbageCollectorMXBeans();
    private static final double JIFFY_NS = 1e7;
    private static final int USER = 0;
    private static final int NICE = 1;
    private static final int SYSTEM = 2;
    private static final int STEAL = 7;

    private final NanoClock clock;
    private final Limits limits;
    private final HiccupMeter hiccups;
    private final boolean kernelThreadsVisible = Files.isDirectory(PROC.resolve("2")) && isKernelThread(2);
    private final boolean telling = Files.isReadable(PROC.resolve("stat"));
    private long[] lastTotals;
    private long lastOwn;
    private long lastNs;
    private long lastGcCount;
    private long lastGcMs;
    private Map<Long, Long> lastScan;
    private int watchedSeconds;
    private int stealBreaches;
    private int hiccupBreaches;
    private int othersBreaches;
    private double worstSteal;
    private double worstOthers;
    private long worstHiccupNs;
    private String culprits = "";

    /**
     * One second of the host.
     *
     * @param stealPercent  of the whole machine.
     * @param othersPercent of one core, by processes that are no part of the run.
     * @param hiccupP99Ns   lateness of a thread that parks 1 ms.
     * @param hiccupMaxNs   the same, highest.
     * @param gcCount       collections.
     * @param gcMs          their time.
     * @param cpuPressure   percent of time in which something waited for a CPU, 10 s average.
     */
    public record Sample(
        double stealPercent,
        double othersPercent,
        long hiccupP99Ns,
        long hiccupMaxNs,
        long gcCount,
        long gcMs,
        double cpuPressure)
    {
    }

    /**
     * @param clock   monotonic.
     * @param limits  beyond which a second counts as disturbed.
     * @param hiccups running.
     */
    public HostWatch(final NanoClock clock, final Limits limits, final HiccupMeter hiccups)
    {
        this.clock = clock;
        this.limits = limits;
        this.hiccups = hiccups;
    }

    /**
     * Take a sample of the time since the last one.
     *
     * @param inWindow whether that time lies in the window, so that breaches count.
     * @param children processes that belong to the run.
     * @return the sample.
     */
    public Sample sample(final boolean inWindow, final List<Long> children)
    {
        final long nowNs = clock.nanoTime();
        final long[] totals = totals();
        final long own = ownJiffies(children);
        final Histogram late = hiccups.interval();
        final long gcCount = gcCount();
        final long gcMs = gcMs();

        double steal = 0;
        double others = 0;
        if (null != lastTotals && null != totals && nowNs > lastNs)
        {
            final double total = sum(totals) - sum(lastTotals);
            steal = total > 0 ? 100.0 * (totals[STEAL] - lastTotals[STEAL]) / total : 0;
            others = others(totals, own, children, nowNs - lastNs);
        }

        final Sample sample = new Sample(
            steal,
            others,
            late.getTotalCount() > 0 ? late.getValueAtPercentile(99) : 0,
            late.getMaxValue(),
            gcCount - lastGcCount,
            gcMs - lastGcMs,
            cpuPressure());
        lastTotals = totals;
        lastOwn = own;
        lastNs = nowNs;
        lastGcCount = gcCount;
        lastGcMs = gcMs;
        if (inWindow)
        {
            count(sample);
        }

        return sample;
    }

    private void count(final Sample sample)
    {
        watchedSeconds++;
        stealBreaches += sample.stealPercent() > limits.stealPercent() ? 1 : 0;
        hiccupBreaches += sample.hiccupP99Ns() > limits.hiccupNs() ? 1 : 0;
        othersBreaches += sample.othersPercent() > limits.othersCpuPercent() ? 1 : 0;
        worstSteal = Math.max(worstSteal, sample.stealPercent());
        worstOthers = Math.max(worstOthers, sample.othersPercent());
        worstHiccupNs = Math.max(worstHiccupNs, sample.hiccupP99Ns());
    }

    /**
     * @return why the host makes the run invalid; empty where it does not.
     */
    public List<String> breaches()
    {
        final List<String> reasons = new ArrayList<>();
        if (stealBreaches > limits.seconds())
        {
            reasons.add(String.format("host: time was stolen by the hypervisor in %d of %d s (worst %.1f %%, limit " +
                "%.1f %%)", stealBreaches, watchedSeconds, worstSteal, limits.stealPercent()));
        }
        if (hiccupBreaches > limits.seconds())
        {
            reasons.add(String.format("host: threads woke late in %d of %d s (worst p99 %.1f ms, limit %.1f ms)",
                hiccupBreaches, watchedSeconds, worstHiccupNs / 1e6, limits.hiccupNs() / 1e6));
        }
        if (othersBreaches > limits.seconds())
        {
            reasons.add(String.format("host: other processes used the CPU in %d of %d s (worst %.0f %% of a core, " +
                "limit %.0f %%)%s", othersBreaches, watchedSeconds, worstOthers, limits.othersCpuPercent(),
                culprits.isEmpty() ? "" : ": " + culprits));
        }

        return reasons;
    }

    /**
     * @return whether this system tells anything.
     */
    public boolean isTelling()
    {
        return telling;
    }

    /**
     * @return the numbers behind {@link #breaches()}, by name.
     */
    public Map<String, Object> summary()
    {
        final Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("watchedSeconds", watchedSeconds);
        summary.put("stealBreaches", stealBreaches);
        summary.put("hiccupBreaches", hiccupBreaches);
        summary.put("othersCpuBreaches", othersBreaches);
        summary.put("worstStealPercent", round(worstSteal));
        summary.put("worstHiccupP99Ns", worstHiccupNs);
        summary.put("worstOthersCpuPercent", round(worstOthers));
        summary.put("telling", telling);

        return summary;
    }

    private static double round(final double value)
    {
        return Math.round(value * 10) / 10.0;
    }

    /**
     * CPU of other processes. The totals are cheap and tell most seconds to be quiet; only where they do not, all
     * processes are looked at, so that the kernel's own threads, which write back the run's log, are left out.
     */
    private double others(final long[] totals, final long own, final List<Long> children, final long elapsedNs)
    {
        final long busy = totals[USER] + totals[NICE] + totals[SYSTEM] -
            lastTotals[USER] - lastTotals[NICE] - lastTotals[SYSTEM];
        final double observed = percent(Math.max(0, busy - (own - lastOwn)), elapsedNs);
        if (observed <= limits.othersCpuPercent())
        {
            lastScan = null;
            return observed;
        }
        if (!kernelThreadsVisible)
        {
            return observed;
        }

        final Map<Long, Long> scan = scan(children);
        final Map<Long, Long> before = lastScan;
        lastScan = scan;
        if (null == before)
        {
            // The first second of a disturbance cannot be told from write-back; the second one can.
            return 0;
        }

        long jiffies = 0;
        long most = 0;
        for (final Map.Entry<Long, Long> entry : scan.entrySet())
        {
            final long used = entry.getValue() - before.getOrDefault(entry.getKey(), 0L);
            jiffies += used;
            if (used > most)
            {
                most = used;
                culprits = "most by " + commandName(entry.getKey()) + " (" + entry.getKey() + ")";
            }
        }

        return percent(jiffies, elapsedNs);
    }

    private static double percent(final long jiffies, final long elapsedNs)
    {
        return 100.0 * jiffies * JIFFY_NS / elapsedNs;
    }

    private static long sum(final long[] values)
    {
        long sum = 0;
        for (int i = 0; i <= STEAL; i++)
        {
            sum += values[i];
        }

        return sum;
    }

    private static long[] totals()
    {
        final String stat = read(PROC.resolve("stat"));
        if (null == stat || !stat.startsWith("cpu "))
        {
            return null;
        }

        final StringTokenizer words = new StringTokenizer(stat.substring("cpu ".length(), stat.indexOf('\n')));
        final long[] totals = new long[STEAL + 1];
        for (int i = 0; i < totals.length && words.hasMoreTokens(); i++)
        {
            totals[i] = Long.parseLong(words.nextToken());
        }

        return totals;
    }

    private static long ownJiffies(final List<Long> children)
    {
        long jiffies = processJiffies(ProcessHandle.current().pid());
        for (final long child : children)
        {
            jiffies += processJiffies(child);
        }

        return jiffies;
    }

    private static Map<Long, Long> scan(final List<Long> children)
    {
        final Map<Long, Long> scan = new HashMap<>();
        final long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*"))
        {
            for (final Path process : processes)
            {
                final long pid = Long.parseLong(process.getFileName().toString());
                if (pid != self && !children.contains(pid) && !isKernelThread(pid))
                {
                    scan.put(pid, processJiffies(pid));
                }
            }
        }
        catch (final IOException ex)
        {
            // Without the list no stranger can be named; the totals still tell that the second was not quiet.
            return scan;
        }

        return scan;
    }

    /** Fields of /proc/PID/stat behind the command, which may hold blanks and brackets. */
    private static String[] processStat(final long pid)
    {
        final String stat = read(PROC.resolve(Long.toString(pid)).resolve("stat"));
        return null == stat ? null : stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    private static long processJiffies(final long pid)
    {
        final String[] fields = processStat(pid);
        return null == fields ? 0 : Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static boolean isKernelThread(final long pid)
    {
        final String[] fields = processStat(pid);
        final long kernelThreadFlag = 0x00200000L;
        return null != fields && (Long.parseLong(fields[6]) & kernelThreadFlag) != 0;
    }

    private static String commandName(final long pid)
    {
        final String name = read(PROC.resolve(Long.toString(pid)).resolve("comm"));
        return null == name ? "a process that has ended" : name.trim();
    }

    private static double cpuPressure()
    {
        final String pressure = read(PROC.resolve("pressure/cpu"));
        if (null == pressure || !pressure.startsWith("some avg10="))
        {
            return 0;
        }

        return Double.parseDouble(pressure.substring("some avg10=".length(), pressure.indexOf(' ', 6)));
    }

    private static long gcCount()
    {
        long count = 0;
        for (final GarbageCollectorMXBean bean : COLLECTORS)
        {
            count += Math.max(0, bean.getCollectionCount());
        }

        return count;
    }

    private static long gcMs()
    {
        long ms = 0;
        for (final GarbageCollectorMXBean bean : COLLECTORS)
        {
            ms += Math.max(0, bean.getCollectionTime());
        }

        return ms;
    }

    private static String read(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException ex)
        {
            // Processes end, and not every kernel has every file: nothing to tell is an answer here.
            return null;
        }
    }
}
