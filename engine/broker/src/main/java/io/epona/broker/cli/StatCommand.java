package io.epona.broker.cli;

import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Shows the counters of a running broker.
 */
@Command(
    name = "stat",
    mixinStandardHelpOptions = true,
    description = "Show the counters of a broker on this machine, which writes them every second. Asks nothing of it.")
final class StatCommand implements Callable<Integer>
{
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long STALE_MS = 10_000;
    /** A broker that just started has not written yet. */
    private static final long FIRST_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "TEXT",
        defaultValue = "",
        description = "Only counters whose name contains this.")
    private String filter;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        defaultValue = "epona-data",
        description = "Data directory of the broker (default: ./${DEFAULT-VALUE}).")
    private Path dataDir;

    @Option(
        names = "--watch",
        paramLabel = "SECONDS",
        description = "Show them again at this interval, with what was added a second, until Ctrl-C.")
    private Integer watchS;

    @Option(names = "--all", description = "Also those that are 0.")
    private boolean isAll;

    @Option(names = "--json", description = "Write one JSON object a line.")
    private boolean isJson;

    private final Terminal terminal;

    StatCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        if (null != watchS && watchS < 1)
        {
            throw new CommandException(ExitCodes.USAGE, "--watch takes a number of seconds from 1");
        }
        CountersFile.Snapshot last = null;
        do
        {
            final CountersFile.Snapshot snapshot = read();
            if (isJson)
            {
                terminal.out().println(json(snapshot));
            }
            else
            {
                show(snapshot, last);
            }
            terminal.out().flush();
            last = snapshot;
        }
        while (null != watchS && pause());

        return ExitCodes.OK;
    }

    private CountersFile.Snapshot read()
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + FIRST_TIMEOUT_NS;
        try
        {
            CountersFile.Snapshot snapshot = CountersFile.read(dataDir);
            while (null == snapshot && dataDir.resolve(CountersFile.FILE_NAME).toFile().exists() &&
                SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0)
            {
                LockSupport.parkNanos(LOOK_INTERVAL_NS);
                snapshot = CountersFile.read(dataDir);
            }
            if (null == snapshot)
            {
                throw new CommandException(
                    ExitCodes.INFRASTRUCTURE,
                    "no broker runs on " + dataDir + ": there are no counters; start it, or name its data directory " +
                    "with --data-dir");
            }
            final long ageMs = SystemEpochClock.INSTANCE.time() - snapshot.timeMs();
            if (ageMs > STALE_MS)
            {
                throw new CommandException(
                    ExitCodes.INFRASTRUCTURE,
                    "no broker runs on " + dataDir + ", or it stands still: the counters of process " +
                    snapshot.pid() + " are " + TimeUnit.MILLISECONDS.toSeconds(ageMs) + " s old");
            }
            return snapshot;
        }
        catch (final IOException ex)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE, "cannot read the counters in " + dataDir + ": " + ex);
        }
    }

    private boolean pause()
    {
        final long endNs = SystemNanoClock.INSTANCE.nanoTime() + TimeUnit.SECONDS.toNanos(watchS);
        while (!terminal.stop().isRequested())
        {
            if (SystemNanoClock.INSTANCE.nanoTime() - endNs >= 0)
            {
                return true;
            }
            LockSupport.parkNanos(LOOK_INTERVAL_NS);
        }

        return false;
    }

    private boolean isShown(final Map.Entry<String, Long> entry)
    {
        return entry.getKey().contains(filter) && (isAll || 0 != entry.getValue());
    }

    private void show(final CountersFile.Snapshot snapshot, final CountersFile.Snapshot last)
    {
        final long intervalMs = null == last ? 0 : snapshot.timeMs() - last.timeMs();
        terminal.out().println(
            "process " + snapshot.pid() + ", " +
            Instant.ofEpochMilli(snapshot.timeMs()).truncatedTo(ChronoUnit.MILLIS));
        for (final Map.Entry<String, Long> entry : snapshot.values().entrySet())
        {
            if (isShown(entry))
            {
                terminal.out().println(String.format(
                    Locale.ROOT, "%20d %14s  %s",
                    entry.getValue(), rate(entry, last, intervalMs), entry.getKey()).stripTrailing());
            }
        }
    }

    private static String rate(
        final Map.Entry<String, Long> entry, final CountersFile.Snapshot last, final long intervalMs)
    {
        if (null == last || intervalMs <= 0)
        {
            return "";
        }
        final long added = entry.getValue() - last.values().getOrDefault(entry.getKey(), 0L);
        return 0 == added ? "" : String.format(Locale.ROOT, "%+.1f/s", added * 1000.0 / intervalMs);
    }

    private String json(final CountersFile.Snapshot snapshot)
    {
        final JsonLine line = new JsonLine()
            .begin("counters").put("pid", snapshot.pid()).put("time", snapshot.timeMs()).beginObject("values");
        for (final Map.Entry<String, Long> entry : snapshot.values().entrySet())
        {
            if (isShown(entry))
            {
                line.put(entry.getKey(), entry.getValue());
            }
        }

        return line.endObject().end();
    }
}
