package io.epona.loadgen.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.launch.RunLauncher;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioWriter;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Runs an open load at rates that {@link RateSearch} chooses, each in a fresh JVM, and keeps what came of it in one
 * folder: {@value #JSON_FILE}, {@value #TABLE_FILE}, the scenario, and the folders of all runs in {@value #RUNS}. A run
 * that the host spoilt is made again, at most {@value #MAX_SPOILT} times at one rate. A violation of correctness ends
 * the sweep.
 * <p>
 * Used by one thread.
 */
public final class Sweep
{
    /** The figures. */
    public static final String JSON_FILE = "sweep.json";
    /** The same for people. */
    public static final String TABLE_FILE = "sweep.txt";
    /** Folder of the runs' folders. */
    public static final String RUNS = "runs";

    private static final int MAX_SPOILT = 3;

    private final Scenario base;
    private final LongFunction<Scenario> atRate;
    private final RateSearch search;
    private final RunLauncher launcher;
    private final PrintStream display;
    private final List<SweepPoint> points = new ArrayList<>();
    private boolean isGeneratorLimited;

    /**
     * @param base     scenario with the first rate, resolved: an open load with a target.
     * @param lowest   rate below which nothing is tried, above 0.
     * @param highest  rate above which nothing is tried.
     * @param atRate   the same scenario at another rate.
     * @param launcher makes the runs.
     * @param display  for a line about each run.
     */
    public Sweep(
        final Scenario base,
        final long lowest,
        final long highest,
        final LongFunction<Scenario> atRate,
        final RunLauncher launcher,
        final PrintStream display)
    {
        this.base = base;
        this.atRate = atRate;
        this.search = new RateSearch(base.load().rate(), lowest, highest);
        this.launcher = launcher;
        this.display = display;
    }

    /**
     * Run until the rate is found or is known not to be there.
     *
     * @param folder of the sweep, empty.
     * @return exit code: 0 where a rate was found, 3 where none holds the target, 5 where the machine does not allow an
     * answer, or what ended it.
     * @throws IOException          where the folder cannot be written.
     * @throws InterruptedException where the caller is interrupted.
     */
    public int run(final RunFolder folder) throws IOException, InterruptedException
    {
        final Path runs = Files.createDirectory(folder.file(RUNS));
        folder.write("scenario.yaml", ScenarioWriter.write(base));

        int exitCode = Verdict.OK;
        while (Verdict.OK == exitCode && RateSearch.State.SEARCHING == search.state())
        {
            exitCode = attempt(folder, runs);
            final SweepReport report = new SweepReport(folder.id(), base, search, isGeneratorLimited, points);
            // After each run: what was measured stays when the program is told to stop.
            Files.writeString(folder.file(JSON_FILE), report.json());
            Files.writeString(folder.file(TABLE_FILE), report.table());
        }

        display.print(Files.readString(folder.file(TABLE_FILE)));
        display.printf("  results    %s%n", folder.dir());
        display.flush();

        return Verdict.OK == exitCode ? exitCode() : exitCode;
    }

    private int exitCode()
    {
        return switch (search.state())
        {
            case NONE -> Verdict.MISSED;
            case UNSTEADY -> Verdict.SPOILT;
            default -> Verdict.OK;
        };
    }

    private int attempt(final RunFolder folder, final Path runs) throws IOException, InterruptedException
    {
        final long rate = search.nextRate();
        final Path file = folder.file("at.yaml");
        Files.writeString(file, ScenarioWriter.write(atRate.apply(rate)));
        SweepPoint point = null;
        for (int i = 0; i < MAX_SPOILT && (null == point || point.isSpoilt()); i++)
        {
            final JsonNode summary = launcher.run(file, runs);
            point = SweepPoint.of(rate, summary);
            points.add(point);
            display.println(SweepReport.line(point));
            display.flush();
        }
        Files.delete(file);

        if (point.isSpoilt() || point.exitCode() > Verdict.MISSED && !point.isGeneratorLimited())
        {
            return point.exitCode();
        }
        isGeneratorLimited |= point.isGeneratorLimited();
        search.onRun(Verdict.OK == point.exitCode());

        return Verdict.OK;
    }
}
