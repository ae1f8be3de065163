package io.epona.loadgen.chaos;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.WorkDirs;
import io.epona.loadgen.report.EnvInfo;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.Scenario;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs the rounds of a plan, group by group, and stores what came of them. A group in which something was wrong leaves
 * its data and logs behind.
 * <p>
 * Used by one thread, which blocks.
 */
public final class ChaosRunner
{
    private static final long STOP_TIMEOUT_S = 60;

    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final ChaosPlan plan;
    private final PrintStream out;
    private final ChaosResults results;
    private final Scenario scenario;
    private final long beginNs = clock.nanoTime();
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean isStopped;
    private volatile ChaosGroup running;

    /**
     * @param plan   of the rounds.
     * @param folder of the results, new or to be continued.
     * @param out    told of every round, a line each.
     * @throws IOException where the folder cannot be used.
     */
    public ChaosRunner(final ChaosPlan plan, final RunFolder folder, final PrintStream out) throws IOException
    {
        this.plan = plan;
        this.out = out;
        results = new ChaosResults(folder, plan.sessionMs());
        scenario = plan.scenario();
    }

    /**
     * Run what the folder does not hold yet.
     *
     * @return exit code: 0, that of a missed target where something was late, or that of a violation.
     * @throws IOException          where results or logs cannot be read or written.
     * @throws InterruptedException where the caller is interrupted.
     */
    public int run() throws IOException, InterruptedException
    {
        final Thread hook = new Thread(this::stop);
        Runtime.getRuntime().addShutdownHook(hook);
        final int exitCode;
        try
        {
            exitCode = plan.isOneGroup() ? runTogether() : runApart();
        }
        finally
        {
            finished.countDown();
            if (!isStopped)
            {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
        results.store(scenario, EnvInfo.collect(results.dir(), settings()));
        final ObjectNode summary = results.summarise(settings());
        out.println(summary.toPrettyString());
        out.println("stored in " + results.dir());
        out.flush();

        return exitCode;
    }

    private Map<String, String> settings()
    {
        return new TreeMap<>(Map.of(
            "brokers", Integer.toString(Scenario.CLUSTER_BROKERS),
            "replication", Integer.toString(scenario.engine().replication()),
            "min.insync.replicas", scenario.engine().topic().get("min.insync.replicas"),
            "acks", scenario.engine().acks(),
            "rate", plan.rate(),
            "partitions", Integer.toString(plan.partitions()),
            "seed", Integer.toString(plan.seed()),
            "zookeeper.session.timeout.ms", Integer.toString(plan.sessionMs())));
    }

    private int runTogether() throws IOException, InterruptedException
    {
        final List<Category> categories = new ArrayList<>();
        new TreeMap<>(plan.rounds()).forEach(
            (category, count) -> categories.addAll(Collections.nCopies(count, category)));

        return runGroup("short", categories, 0);
    }

    private int runApart() throws IOException, InterruptedException
    {
        int exitCode = Verdict.OK;
        for (final Map.Entry<Category, Integer> entry : new TreeMap<>(plan.rounds()).entrySet())
        {
            exitCode = Math.max(exitCode, run(entry.getKey(), entry.getValue()));
        }

        return exitCode;
    }

    private int run(final Category category, final int wanted) throws IOException, InterruptedException
    {
        final int rowsOfRound = Category.ROLLING == category ? Scenario.CLUSTER_BROKERS : 1;
        int exitCode = Verdict.OK;
        int done = results.passed(category, rowsOfRound);
        while (done < wanted && !isTimeOver())
        {
            exitCode = Math.max(exitCode, runGroup(
                category.text(),
                Collections.nCopies(Math.min(category.roundsOfGroup(), wanted - done), category), done));
            final int before = done;
            done = results.passed(category, rowsOfRound);
            if (done == before)
            {
                // Something is wrong, or time was over: whoever continues goes on here.
                break;
            }
        }

        return exitCode;
    }

    private int runGroup(final String name, final List<Category> categories, final int done)
        throws IOException, InterruptedException
    {
        final Path workDir = Files.createTempDirectory(results.dir(), "work-" + name + "-");
        final ChaosGroup group = new ChaosGroup(categories.get(0), scenario, plan, workDir);
        running = group;
        final GroupResult result = group.run(
            categories,
            plan.seed() * 1_000_003L + categories.get(0).ordinal() * 10_007L + done,
            this::isTimeOver,
            (number, round) -> say(round.line(done + number + 1)));
        running = null;
        if (isStopped)
        {
            WorkDirs.remove(workDir);
            throw new DriverException("stopped: the rounds of the last group are not stored");
        }
        results.add(name, result);
        final boolean isKept = GroupResult.FAIL.equals(result.verdict());
        say(String.format(
            "%-18s %d rounds verified: %,d acknowledged, %,d delivered, %s, replicas %s: %s",
            name, result.rounds().size(), result.acked(), result.delivered(), result.verification(),
            null == result.replicas() ? "not compared" :
                String.format("%,d bytes equal", result.replicas().bytes()),
            isKept ? "FAIL " + result.violations() + ", kept: " + workDir : result.verdict()));
        result.errors().forEach((error) -> say("    reported: " + error));
        if (isKept)
        {
            return Verdict.VIOLATED;
        }
        WorkDirs.remove(workDir);

        return GroupResult.PASS.equals(result.verdict()) ? Verdict.OK : Verdict.MISSED;
    }

    private void say(final String line)
    {
        out.println(line);
        out.flush();
    }

    private boolean isTimeOver()
    {
        return isStopped || clock.nanoTime() - beginNs > plan.budgetNs();
    }

    /** The program is told to stop: nothing may be left running, in shared memory or on disk. */
    private void stop()
    {
        isStopped = true;
        final ChaosGroup group = running;
        if (null != group)
        {
            group.stop();
        }
        try
        {
            finished.await(STOP_TIMEOUT_S, TimeUnit.SECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
    }
}
