package io.epona.loadgen;

import io.epona.loadgen.driver.Peer;
import io.epona.loadgen.driver.Peers;
import io.epona.loadgen.driver.WorkDirs;
import io.epona.loadgen.report.EnvInfo;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.Units;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code parity}
 */
@Command(
    name = "parity",
    mixinStandardHelpOptions = true,
    description = {
        "Hold the driver of another system against the load tools that its makers publish: with equal settings, in",
        "turn, each time in a fresh JVM, on one running system. Exit code 3 where the driver does not reach 85 % of",
        "the tools: then nothing that is measured by it is to be published."})
final class ParityCommand implements Callable<Integer>
{
    private static final long MIN_RECORDS = 1_000;
    private static final int MAX_TURNS = 100;

    private final Console console;

    @Parameters(arity = "0..1", paramLabel = "DRIVER", defaultValue = "kafka",
        description = "The driver (default: ${DEFAULT-VALUE}).")
    private String driver;

    @Option(names = "--records", paramLabel = "N", defaultValue = "5M",
        description = "Records of a turn (default: ${DEFAULT-VALUE}).")
    private String records;

    @Option(names = "--size", paramLabel = "BYTES", defaultValue = "100",
        description = "Length of a record's value (default: ${DEFAULT-VALUE}).")
    private String size;

    @Option(names = "--turns", paramLabel = "N", defaultValue = "4",
        description = "Turns of each side (default: ${DEFAULT-VALUE}).")
    private int turns;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = RunCommand.SCRATCH,
        description = "Folder in which the result makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    ParityCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException
    {
        if (!Peers.NAMES.contains(driver))
        {
            throw new ScenarioException("'" + driver + "' is none of " + String.join(", ", Peers.NAMES));
        }
        final long count = Units.count(records);
        final long length = Units.size(size);
        if (count < MIN_RECORDS || length < 32 || length > 1_000_000 || turns < 1 || turns > MAX_TURNS)
        {
            throw new ScenarioException("parity takes at least " + MIN_RECORDS + " records, values of 32 to 1000000 " +
                "bytes and 1 to " + MAX_TURNS + " turns");
        }
        final Peer peer = Peers.load(driver);
        final RunFolder folder = RunFolder.create(out, "parity", driver);
        final boolean reached;
        try
        {
            folder.write(RunFolder.ENV, EnvInfo.collect(folder.dir(), Map.of()));
            reached = peer.parity(count, (int)length, turns, folder.dir(), console.out());
        }
        finally
        {
            WorkDirs.remove(folder.file("work"));
        }
        console.out().printf("  results    %s%n", folder.dir());
        console.out().flush();

        return reached ? Verdict.OK : Verdict.MISSED;
    }
}
