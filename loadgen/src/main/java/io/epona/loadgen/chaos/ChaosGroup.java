package io.epona.loadgen.chaos;

import io.epona.loadgen.driver.Cluster;
import io.epona.loadgen.driver.ClusterDriver;
import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.load.Generator;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.load.LoadResult;
import io.epona.loadgen.load.Progress;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.verify.Verification;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Rounds under one load on a cluster of their own: at the end the whole load is verified and the
 * replicas are held against each other.
 * <p>
 * Used by one thread, which blocks; the load has a thread of its own.
 */
final class ChaosGroup
{
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final ChaosPlan plan;
    private final ClusterDriver driver;
    private final Generator generator;
    private final Thread thread;
    private final List<RoundResult> results = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();

    /**
     * @param layout   category whose needs the cluster has to meet.
     * @param scenario of the load.
     * @param plan     of the run.
     * @param workDir  for data and logs.
     */
    ChaosGroup(final Category layout, final Scenario scenario, final ChaosPlan plan, final Path workDir)
    {
        this.plan = plan;
        driver = new ClusterDriver(
            new DriverContext(scenario, workDir),
            new Cluster.Layout(
                Scenario.CLUSTER_BROKERS, layout.zooKeepers(), layout.needsNamespaces(), false,
                Map.of("zookeeper.session.timeout.ms", Integer.toString(plan.sessionMs()))));
        generator = new Generator(
            SystemNanoClock.INSTANCE, scenario, driver, new Progress(), new Latencies(),
            (task) -> new Thread(task, "loadgen-consumers"));
        thread = new Thread(generator, "loadgen");
    }

    /**
     * Run rounds.
     *
     * @param categories of the rounds, in their order.
     * @param seed       of all choices.
     * @param isTimeOver whether no round may begin any more.
     * @param listener   told of every round's results, with its number from 0.
     * @return what came of it.
     * @throws IOException          where the logs cannot be read.
     * @throws InterruptedException where the caller is interrupted.
     * @throws DriverException      where there is no cluster to do anything to.
     */
    GroupResult run(
        final List<Category> categories,
        final long seed,
        final BooleanSupplier isTimeOver,
        final BiConsumer<Integer, RoundResult> listener)
        throws IOException, InterruptedException
    {
        thread.start();
        try
        {
            awaitLoad();
            final List<Path> dataDirs = IntStream.rangeClosed(1, driver.cluster().count())
                .mapToObj(driver.cluster()::dataDir).toList();
            runRounds(categories, seed, isTimeOver, listener);
            generator.endLoad();
            thread.join();

            return judge(dataDirs);
        }
        finally
        {
            generator.stop();
            thread.join();
        }
    }

    private void awaitLoad()
    {
        while (null == generator.timeline())
        {
            if (!thread.isAlive())
            {
                throw new DriverException("the load did not begin: " + generator.failure(), generator.failure());
            }
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }
    }

    private void runRounds(
        final List<Category> categories,
        final long seed,
        final BooleanSupplier isTimeOver,
        final BiConsumer<Integer, RoundResult> listener)
    {
        final Arena arena = new Arena(
            SystemNanoClock.INSTANCE,
            driver.cluster(),
            driver.acks(),
            new SplittableRandom(seed),
            TimeUnit.MILLISECONDS.toNanos(plan.sessionMs()),
            () -> !thread.isAlive());
        final Rounds rounds = new Rounds(arena, plan.zkDownNs());
        try
        {
            for (int i = 0; i < categories.size() && !isTimeOver.getAsBoolean(); i++)
            {
                for (final RoundResult result : rounds.run(categories.get(i)))
                {
                    results.add(result);
                    listener.accept(i, result);
                }
            }
            arena.awaitWell();
        }
        catch (final StuckException | DriverException ex)
        {
            violations.add(ex.getMessage());
        }
    }

    private GroupResult judge(final List<Path> dataDirs) throws IOException
    {
        final LoadResult load = generator.result();
        ReplicaComparison replicas = null;
        if (null == load)
        {
            violations.add("the load failed: " + generator.failure());
        }
        else
        {
            judge(load.verification());
        }
        if (violations.isEmpty())
        {
            replicas = ReplicaComparison.of(dataDirs);
            violations.addAll(replicas.differences());
        }

        return new GroupResult(
            List.copyOf(results),
            null == load ? 0 : load.acked(),
            null == load ? 0 : load.delivered(),
            null == load ? null : load.verification(),
            replicas,
            driver.errors(),
            List.copyOf(violations));
    }

    private void judge(final Verification verification)
    {
        refuse(verification.lost(), "acknowledged records lost");
        refuse(verification.duplicated(), "records duplicated");
        refuse(verification.reordered(), "records reordered");
        refuse(verification.corrupt(), "records corrupt");
        refuse(verification.inDoubt(), "records of which nothing was heard");
        refuse(verification.disorder(), "acknowledgements out of order");
    }

    private void refuse(final long count, final String what)
    {
        if (0 != count)
        {
            violations.add(count + " " + what);
        }
    }

    /** Let the load end at once, and with it the cluster. Any thread. */
    void stop()
    {
        generator.stop();
    }
}
