package io.epona.loadgen;

import io.epona.loadgen.chaos.ChaosPlan;
import io.epona.loadgen.chaos.ChaosRunner;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.Units;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code chaos}
 */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
        "Kill, stop, pause and cut off brokers and ZooKeeper, all real processes, under a verified load, round by",
        "round. Three brokers, three replicas of each partition, acks=all, at least two in sync.",
        "Exit code 0: no acknowledged record was lost, doubled or out of order, all replicas are equal to the byte,",
        "and the cluster was well in time after each round; 3: it was so too late; 4: something was wrong, and the",
        "data is kept."})
final class ChaosCommand implements Callable<Integer>
{
    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 120_000;

    private final Console console;

    @Option(names = "--rounds", paramLabel = "CATEGORY[=N]", split = ",",
        description = "Rounds of these categories only, such as kill=100,zk-expire=20 (default: a full run: " +
        "kill=100,kill-two=10,kill-all=10,pause=30,zk-expire=20,zk-leader=5,zk-down=1,partition-brokers=5," +
        "partition-zk=5,rolling=20).")
    private List<String> rounds = new ArrayList<>();

    @Option(names = "--short", description = "Few rounds of few categories, in one minute or two.")
    private boolean isShort;

    @Option(names = "--rate", paramLabel = "RATE", defaultValue = "50k/s",
        description = "Records a second (default: ${DEFAULT-VALUE}).")
    private String rate;

    @Option(names = "--partitions", paramLabel = "N", defaultValue = "6",
        description = "Partitions of the topic (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(names = "--session-timeout", paramLabel = "TIME", defaultValue = "3s",
        description = "Of the brokers with ZooKeeper (default: ${DEFAULT-VALUE}; a broker's own default is 12s).")
    private String sessionTimeout;

    @Option(names = "--zk-down", paramLabel = "TIME", defaultValue = "60s",
        description = "Time for which all of ZooKeeper is down in zk-down (default: ${DEFAULT-VALUE}).")
    private String zkDown;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
        description = "Of all choices (default: ${DEFAULT-VALUE}).")
    private int seed;

    @Option(names = "--budget", paramLabel = "TIME", defaultValue = "24h",
        description = "After this time no round begins any more (default: ${DEFAULT-VALUE}).")
    private String budget;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = RunCommand.SCRATCH,
        description = "Folder in which the run makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--continue", paramLabel = "DIR",
        description = "Folder of a run of the same settings: only what is missing there is run.")
    private Path continued;

    ChaosCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        final long sessionMs = Units.durationNs(sessionTimeout) / 1_000_000;
        if (sessionMs < MIN_SESSION_MS || sessionMs > MAX_SESSION_MS)
        {
            throw new ScenarioException("--session-timeout takes 1s to 120s");
        }
        if (isShort && !rounds.isEmpty())
        {
            throw new ScenarioException("--short and --rounds exclude each other");
        }
        if (null != continued && !Files.isDirectory(continued))
        {
            throw new ScenarioException("--continue: there is no folder " + continued);
        }
        final ChaosPlan plan = new ChaosPlan(
            rounds.isEmpty() ? ChaosPlan.defaultRounds(isShort) : ChaosPlan.parse(rounds),
            isShort, rate, partitions, seed, (int)sessionMs, Units.durationNs(zkDown), Units.durationNs(budget));
        // What cannot be run leaves no folder behind.
        plan.scenario();
        final RunFolder folder = null == continued ?
            RunFolder.create(out, "chaos", "cluster") : RunFolder.of(continued);

        return new ChaosRunner(plan, folder, console.out()).run();
    }
}
