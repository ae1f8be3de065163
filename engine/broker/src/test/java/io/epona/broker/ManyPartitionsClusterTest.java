package io.epona.broker;

import io.epona.client.EponaClient;
import io.epona.client.TopicDescription;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Three brokers in this JVM with 1,000 partitions, each on all of them: what they cost while nobody uses them, and how
 * long they are without a leader when a broker's session ends. The figures are written to
 * {@code target/many-partitions.txt}.
 */
@Tag("slow")
@Timeout(300)
class ManyPartitionsClusterTest extends BrokersFixture
{
    private static final int FEW = 10;
    private static final int MANY = 1_000;
    private static final int SHOWN_METHODS = 8;
    private static final long SAMPLE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long SETTLING_NS = TimeUnit.SECONDS.toNanos(3);
    private static final int MAX_SETTLINGS = 30;

    private final List<String> figures = new ArrayList<>();

    private static long nowNs()
    {
        return SystemNanoClock.INSTANCE.nanoTime();
    }

    private void tell(final String what, final long sinceNs)
    {
        tell(what + ": " + TimeUnit.NANOSECONDS.toMillis(nowNs() - sinceNs) + " ms");
    }

    private void tell(final String line)
    {
        figures.add(line);
    }

    /** Wait until each partition has a leader that is wanted, and so many replicas in sync. */
    private void awaitLed(
        final int asked, final String topic, final int count, final int inSync, final IntPredicate isWanted)
    {
        final boolean[] isDone = new boolean[1];
        Await.until(
            count + " leaders",
            () ->
            {
                try (EponaClient client = brokers.connect(asked))
                {
                    Await.until(
                        "leaders", () -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20)),
                        () -> isLed(client.admin().describeTopic(topic), count, inSync, isWanted));
                    isDone[0] = true;
                }
            },
            () -> isDone[0]);
    }

    private static boolean isLed(
        final TopicDescription topic, final int count, final int inSync, final IntPredicate isWanted)
    {
        return count == topic.partitions().size() && topic.partitions().stream().allMatch(
            (partition) -> isWanted.test(partition.leader()) &&
            partition.replicas().stream().filter((replica) -> replica.isInSync()).count() >= inSync);
    }

    /** What was made is still brought to the disk, long after it serves: wait until that is over. */
    private static void awaitSettled()
    {
        int count = 0;
        Map<String, Integer> seen;
        do
        {
            seen = new TreeMap<>();
            sampleFor(SETTLING_NS, seen);
            count++;
        }
        while (count < MAX_SETTLINGS && seen.keySet().stream().anyMatch((method) -> method.endsWith(".force")));
        assertTrue(count < MAX_SETTLINGS, "logs that nobody writes to are still being synced");
    }

    private static void sampleFor(final long durationNs, final Map<String, Integer> methods)
    {
        final long startNs = nowNs();
        while (nowNs() - startNs < durationNs)
        {
            sample(methods);
            LockSupport.parkNanos(SAMPLE_INTERVAL_NS);
        }
    }

    /** Processor time of the threads of the brokers, while nothing is asked of them. */
    private void profileIdle(final int partitions)
    {
        awaitSettled();
        final Map<String, Long> before = cpuByThread();
        final Map<String, Integer> methods = new TreeMap<>();
        final long startNs = nowNs();
        sampleFor(IDLE_NS, methods);
        final long elapsedNs = nowNs() - startNs;
        tell("idle with " + partitions + " partitions, all brokers, % of a core:");
        cpuByThread().forEach(
            (name, cpuNs) ->
            {
                final double share = 100.0 * (cpuNs - before.getOrDefault(name, 0L)) / elapsedNs;
                if (share >= 0.1)
                {
                    tell(String.format("  %-40s %5.1f", name, share));
                }
            });
        tell("  where the engine was seen at work, samples:");
        methods.entrySet().stream().sorted((one, other) -> other.getValue() - one.getValue()).limit(SHOWN_METHODS)
            .forEach((entry) -> tell("  " + entry.getValue() + ' ' + entry.getKey()));
    }

    /** What of Epona's the threads of the brokers are in, where they are in anything. */
    private static void sample(final Map<String, Integer> methods)
    {
        Thread.getAllStackTraces().forEach(
            (thread, frames) ->
            {
                if (Thread.State.RUNNABLE == thread.getState() && thread.getName().contains("epona-"))
                {
                    Stream.of(frames).filter((frame) -> frame.getClassName().startsWith("io.epona.engine")).findFirst()
                        .ifPresent((frame) -> methods.merge(
                            frame.getClassName() + '.' + frame.getMethodName(), 1, Integer::sum));
                }
            });
    }

    private static Map<String, Long> cpuByThread()
    {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final Map<String, Long> times = new TreeMap<>();
        for (final long id : threads.getAllThreadIds())
        {
            final ThreadInfo info = threads.getThreadInfo(id);
            if (null != info)
            {
                times.merge(info.getThreadName().replaceAll("[0-9]+", "N"), threads.getThreadCpuTime(id), Long::sum);
            }
        }

        return times;
    }

    private void tellCosts() throws IOException
    {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"));
            Stream<Path> handles = Files.list(Path.of("/proc/self/fd")))
        {
            tell("three brokers in one process: " + maps.count() + " mappings, " + handles.count() + " file handles");
        }
        long sharedLength = 0;
        for (int i = 0; i < 3; i++)
        {
            sharedLength += length(Path.of(brokers.broker(i).aeronDirectoryName()));
        }
        tell("shared memory of their media drivers: " + (sharedLength >> 20) + " MiB; data on disk: " +
            (length(dir) >> 20) + " MiB");
    }

    private static long length(final Path root) throws IOException
    {
        try (Stream<Path> files = Files.walk(root))
        {
            return files.filter(Files::isRegularFile).mapToLong((file) -> file.toFile().length()).sum();
        }
    }

    @Test
    void areLedAgainSoonAndCostNothingWhileTheyAreIdle() throws Exception
    {
        try
        {
            brokers.profile(Profile.BALANCED);
            for (int i = 0; i < 3; i++)
            {
                brokers.start();
            }
            brokers.createTopic("few", FEW, 3, "2");
            awaitLed(0, "few", FEW, 3, (leader) -> leader >= 0);
            profileIdle(FEW);

            long startNs = nowNs();
            brokers.createTopic("many", MANY, 3, "2");
            awaitLed(0, "many", MANY, 3, (leader) -> leader >= 0);
            tell("create " + MANY, startNs);
            profileIdle(MANY + FEW);
            tellCosts();

            // Its session ends at once, as if it had expired then.
            startNs = nowNs();
            brokers.kill(2);
            awaitLed(0, "many", MANY, 2, (leader) -> 0 == leader || 1 == leader);
            tell("all led again after a broker's session ended", startNs);

            startNs = nowNs();
            brokers.start(2);
            tell("start of a broker with " + MANY + " partitions after a kill, until it serves", startNs);
            awaitLed(0, "many", MANY, 3, (leader) -> leader >= 0);
            tell("until all its replicas are in sync", startNs);

            startNs = nowNs();
            brokers.stop(1);
            tell("controlled stop of a broker that leads half of them", startNs);
            awaitLed(0, "many", MANY, 2, (leader) -> 0 == leader || 2 == leader);
        }
        finally
        {
            Files.write(Path.of("target", "many-partitions.txt"), figures);
        }
        assertTrue(figures.size() > 6, figures::toString);
    }
}
