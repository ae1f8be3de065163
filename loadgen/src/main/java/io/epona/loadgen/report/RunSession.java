package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.WorkDirs;
import io.epona.loadgen.load.Calibration;
import io.epona.loadgen.load.CoreProbe;
import io.epona.loadgen.load.Generator;
import io.epona.loadgen.load.HiccupMeter;
import io.epona.loadgen.load.HostWatch;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.LoadResult;
import io.epona.loadgen.load.Progress;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioWriter;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One run from the scenario to the stored figures. Blocks the calling thread, which becomes the monitor; the load has
 * threads of its own.
 */
public final class RunSession
{
    private static final long CALIBRATION_NS = 500_000_000L;
    private static final long DRAIN_TIMEOUT_MS = 15_000;
    private static final long STOP_TIMEOUT_MS = 20_000;

    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final Path parent;
    private final PrintStream display;
    private final boolean terminal;
    private final boolean correctnessOnly;
    private final Function<DriverContext, LoadDriver> drivers;

    /**
     * The outcome of a run.
     *
     * @param folder  that holds it.
     * @param summary as stored.
     * @param verdict on it.
     */
    public record Outcome(RunFolder folder, ObjectNode summary, Verdict verdict)
    {
    }

    /**
     * @param parent          folder of the run's folder.
     * @param display         for the live display, or null for none.
     * @param terminal        whether the display can redraw lines.
     * @param correctnessOnly whether times are of no interest: no probes, no calibration, no verdict on rates or host.
     */
    public RunSession(
        final Path parent, final PrintStream display, final boolean terminal, final boolean correctnessOnly)
    {
        this(parent, display, terminal, correctnessOnly, Drivers::create);
    }

    RunSession(
        final Path parent,
        final PrintStream display,
        final boolean terminal,
        final boolean correctnessOnly,
        final Function<DriverContext, LoadDriver> drivers)
    {
        this.parent = parent;
        this.display = display;
        this.terminal = terminal;
        this.correctnessOnly = correctnessOnly;
        this.drivers = drivers;
    }

    /**
     * Run.
     *
     * @param scenario resolved.
     * @return the outcome, whatever the verdict.
     * @throws IOException          where the folder cannot be written.
     * @throws InterruptedException where the caller is interrupted.
     * @throws DriverException      where the system under test could not be run.
     * @throws ScenarioException    where the driver cannot do what the scenario asks.
     */
    public Outcome run(final Scenario scenario) throws IOException, InterruptedException
    {
        Drivers.requireBuilt(scenario);
        final RunFolder folder = RunFolder.create(parent, scenario.name(), scenario.driver().use());
        final Path workDir = Files.createDirectory(folder.dir().resolve("work"));
        final CountDownLatch finished = new CountDownLatch(1);
        try
        {
            folder.write(RunFolder.SCENARIO, ScenarioWriter.write(scenario));
            return run(scenario, folder, workDir, finished);
        }
        finally
        {
            WorkDirs.remove(workDir);
            finished.countDown();
        }
    }

    private Outcome run(
        final Scenario scenario, final RunFolder folder, final Path workDir, final CountDownLatch finished)
        throws IOException, InterruptedException
    {
        final LoadDriver driver = drivers.apply(new DriverContext(scenario, workDir));
        final CoreProbe probe = new CoreProbe(clock);
        final CoreProbe.Result unknown = new CoreProbe.Result(-1, "unknown");
        final CoreProbe.Result before = correctnessOnly ? unknown : probe.measure();

        final Progress progress = new Progress();
        final Latencies latencies = new Latencies();
        final Generator generator = new Generator(
            clock, scenario, driver, progress, latencies, (task) -> new Thread(task, "loadgen-consumers"));
        final Thread thread = new Thread(generator, "loadgen");
        try (HiccupMeter hiccups = new HiccupMeter(clock);
            Monitor monitor = new Monitor(
                clock,
                SystemEpochClock.INSTANCE,
                generator,
                thread,
                driver,
                progress,
                latencies,
                new HostWatch(clock, scenario.limits(), hiccups),
                new LiveDisplay(display, terminal, scenario, progress),
                folder))
        {
            final HostWatch host = monitor.host();
            watch(generator, thread, monitor, finished);
            monitor.flush();
            final LoadResult result = resultOf(generator);
            final CoreProbe.Result after = correctnessOnly ? unknown : probe.measure();
            final boolean isMeasured = !correctnessOnly && !generator.isLoadEnded();
            final double ceiling = !isMeasured || "null".equals(scenario.driver().use()) ? 0 :
                Calibration.ceiling(
                    clock, scenario, Math.min(CALIBRATION_NS, scenario.phases().measureNs()),
                    driver.consumersHaveOwnThread());

            final Verdict whole = correctnessOnly ?
                Verdict.ofCorrectness(scenario, result) :
                Verdict.of(scenario, result, monitor.totals(), host.breaches(), ceiling);
            final Verdict verdict = generator.isLoadEnded() ? whole.stopped(partOf(scenario, result)) : whole;
            folder.write(RunFolder.ENV, EnvInfo.collect(workDir, driver.settings()));
            final ObjectNode summary = Summary.of(
                folder,
                scenario,
                result,
                monitor.totals(),
                verdict,
                new Summary.Extras(
                    monitor.gauge().bytes(),
                    monitor.gauge().bytesPerMessage(),
                    host.summary(),
                    before,
                    after,
                    ceiling,
                    driver.errors(),
                    driver.settings(),
                    driver.outages()));
            folder.writeSummary(summary);

            return new Outcome(folder, summary, verdict);
        }
    }

    /**
     * Run the load and look on. When the program is told to stop, the load ends, what is on its way is waited for, and
     * what was measured is stored as a part; nothing is left in shared memory or on disk.
     */
    private void watch(
        final Generator generator, final Thread thread, final Monitor monitor, final CountDownLatch finished)
        throws InterruptedException
    {
        final Thread hook = new Thread(() ->
        {
            generator.endLoad();
            try
            {
                // Halting the JVM earlier would leave the data, a media driver's memory or a child behind.
                if (!finished.await(DRAIN_TIMEOUT_MS, TimeUnit.MILLISECONDS))
                {
                    generator.stop();
                    finished.await(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
                }
            }
            catch (final InterruptedException ex)
            {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try
        {
            thread.start();
            monitor.watch();
            thread.join();
        }
        finally
        {
            try
            {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
            catch (final IllegalStateException ex)
            {
                // The program is ending by the hook's own doing: it must not be taken away any more.
                generator.endLoad();
            }
        }
    }

    private static LoadResult resultOf(final Generator generator)
    {
        final Throwable failure = generator.failure();
        if (failure instanceof final DriverException ex)
        {
            throw ex;
        }
        if (failure instanceof final ScenarioException ex)
        {
            throw ex;
        }
        if (null != failure)
        {
            throw new DriverException("the run failed: " + failure, failure);
        }

        final LoadResult result = generator.result();
        if (generator.isStopped() || generator.isLoadEnded() && measuredNs(result) <= 0)
        {
            throw new DriverException("the run was stopped before it had measured anything: nothing of it is stored");
        }

        return result;
    }

    private static long measuredNs(final LoadResult result)
    {
        return result.timeline().measureEndNs() - result.timeline().measureStartNs();
    }

    private static String partOf(final Scenario scenario, final LoadResult result)
    {
        return String.format(Locale.ROOT, "%.1f s of %.1f s of the window",
            measuredNs(result) / 1e9, scenario.phases().measureNs() / 1e9);
    }

    /**
     * @return whether standard output is a terminal, as far as this system tells.
     */
    public static boolean isTerminal()
    {
        try
        {
            final String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return List.of("/dev/pts/", "/dev/tty", "/dev/console").stream().anyMatch(target::startsWith);
        }
        catch (final IOException | UnsupportedOperationException ex)
        {
            return null != System.console();
        }
    }
}
