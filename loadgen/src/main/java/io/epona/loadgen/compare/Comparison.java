package io.epona.loadgen.compare;

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

/**
 * Two systems, A and B, in pairs of runs whose order alternates (A B, B A, A B, ...), so that a machine that drifts
 * favours neither. Each pair gives a ratio of each figure; {@link RatioEstimate} and {@link Finding} tell what the
 * ratios say. A pair of which a run did not pass, or whose runs met the cores in different states, is set aside and
 * told of. Everything is kept in one folder: {@value #JSON_FILE}, {@value #TABLE_FILE}, both scenarios, and the
 * folders of all runs in {@value #RUNS}.
 * <p>
 * Used by one thread.
 */
public final class Comparison
{
    /** The figures. */
    public static final String JSON_FILE = "compare.json";
    /** The same for people. */
    public static final String TABLE_FILE = "compare.txt";
    /** Folder of the runs' folders. */
    public static final String RUNS = "runs";

    private final Scenario a;
    private final Scenario b;
    private final double margin;
    private final int pairCount;
    private final RunLauncher launcher;
    private final PrintStream display;

    /**
     * @param a         scenario of the first system, resolved.
     * @param b         scenario of the second system, resolved; the same as A to learn the noise of the machine.
     * @param margin    relative difference up to which the two are called equivalent, 0.05 for 5 %.
     * @param pairCount pairs to run.
     * @param launcher  makes the runs.
     * @param display   for a line about each pair.
     */
    public Comparison(
        final Scenario a,
        final Scenario b,
        final double margin,
        final int pairCount,
        final RunLauncher launcher,
        final PrintStream display)
    {
        this.a = a;
        this.b = b;
        this.margin = margin;
        this.pairCount = pairCount;
        this.launcher = launcher;
        this.display = display;
    }

    /**
     * @param a resolved.
     * @param b resolved.
     * @return whether the two would run the same, so that what is found between them is noise.
     */
    public static boolean isOneWithItself(final Scenario a, final Scenario b)
    {
        return ScenarioDiff.of(a, b).stream().allMatch((diff) -> "name".equals(diff.key()));
    }

    /**
     * Run all pairs. A violation of correctness ends the comparison with the pair in which it was found.
     *
     * @param folder of the comparison, empty.
     * @return exit code: the gravest of the runs'.
     * @throws IOException          where the folder cannot be written.
     * @throws InterruptedException where the caller is interrupted.
     */
    public int run(final RunFolder folder) throws IOException, InterruptedException
    {
        final Path runs = Files.createDirectory(folder.file(RUNS));
        final Path fileA = write(folder, "a.yaml", a);
        final Path fileB = write(folder, "b.yaml", b);
        final List<Pair> pairs = new ArrayList<>();
        ComparisonReport report = new ComparisonReport(folder.id(), a, b, margin, pairCount, pairs);

        int exitCode = Verdict.OK;
        for (int i = 0; i < pairCount && Verdict.VIOLATED != exitCode; i++)
        {
            final boolean isAFirst = 0 == (i & 1);
            final JsonNode first = launcher.run(isAFirst ? fileA : fileB, runs);
            final JsonNode second = launcher.run(isAFirst ? fileB : fileA, runs);
            final Pair pair = new Pair(i + 1, isAFirst, isAFirst ? first : second, isAFirst ? second : first);
            pairs.add(pair);
            exitCode = Verdict.graver(exitCode, first.path("exitCode").asInt(Verdict.INFRASTRUCTURE));
            exitCode = Verdict.graver(exitCode, second.path("exitCode").asInt(Verdict.INFRASTRUCTURE));
            display.println(ComparisonReport.line(pair, pairCount));
            display.flush();
            // After each pair: what was measured stays when the program is told to stop.
            report = new ComparisonReport(folder.id(), a, b, margin, pairCount, pairs);
            Files.writeString(folder.file(JSON_FILE), report.json());
            Files.writeString(folder.file(TABLE_FILE), report.table());
        }

        display.print(report.table());
        display.printf("  results    %s%n", folder.dir());
        display.flush();

        return exitCode;
    }

    private static Path write(final RunFolder folder, final String name, final Scenario scenario) throws IOException
    {
        folder.write(name, ScenarioWriter.write(scenario));
        return folder.file(name);
    }
}
