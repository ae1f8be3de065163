package io.epona.loadgen.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A broker in a child JVM, started from this program's own class path and ended by this object. The child ends by
 * itself when its standard input does, so that none outlives its parent.
 * <p>
 * Launched and closed by the generator's thread; {@link #allocatedBytes()} is asked by the monitor. What the child's
 * broker reported as errors is known once it is closed.
 */
final class BrokerProcess implements AutoCloseable
{
    private static final long START_TIMEOUT_S = 30;
    private static final long STOP_TIMEOUT_S = 40;
    private static final long ANSWER_TIMEOUT_S = 2;
    private static final int SHOWN_LINES = 12;
    private static final String ENDED = "output ended";

    private final Process process;
    private final OutputStream commands;
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Path log;
    private final ErrorLines errors;
    private String uri;
    private boolean isClosed;

    private BrokerProcess(final Process process, final Path log, final ErrorLines errors)
    {
        this.errors = errors;
        this.process = process;
        this.commands = process.getOutputStream();
        this.log = log;
        final Thread reader = new Thread(this::read, "broker-process-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Start a broker and wait until it serves.
     *
     * @param dataDir    of the broker.
     * @param log        for its standard error.
     * @param properties of the broker; without {@code listen} it takes free ports.
     * @param errors     for what it reports as errors.
     * @return the running broker.
     * @throws DriverException where it does not come up.
     */
    static BrokerProcess launch(
        final Path dataDir, final Path log, final Map<String, String> properties, final ErrorLines errors)
    {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-XX:+PerfDisableSharedMem",
            "-cp",
            System.getProperty("java.class.path"),
            "io.epona.loadgen.LoadgenMain",
            BrokerChild.COMMAND,
            dataDir.toString()));
        properties.forEach((key, value) -> command.add(key + "=" + value));

        try
        {
            final BrokerProcess started = new BrokerProcess(
                new ProcessBuilder(command).redirectError(log.toFile()).start(), log, errors);
            started.awaitReady();

            return started;
        }
        catch (final IOException ex)
        {
            throw new DriverException("cannot start a broker process: " + ex.getMessage(), ex);
        }
    }

    private void awaitReady()
    {
        final String answer = answer(START_TIMEOUT_S);
        if (null == answer || !answer.startsWith(BrokerChild.READY))
        {
            close();
            throw new DriverException("the broker process did not come up" + (null == answer ? "" : ": " + answer) +
                tail());
        }
        uri = answer.substring(BrokerChild.READY.length()).trim();
    }

    private String tail()
    {
        try
        {
            final List<String> lines = Files.readAllLines(log);
            return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
        }
        catch (final IOException ex)
        {
            return " (its output cannot be read: " + ex.getMessage() + ")";
        }
    }

    private void read()
    {
        try (BufferedReader in = new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)))
        {
            String line = in.readLine();
            while (null != line)
            {
                answers.add(line);
                line = in.readLine();
            }
        }
        catch (final IOException ex)
        {
            answers.add(ENDED + ": " + ex.getMessage());
        }
        answers.add(ENDED);
    }

    private String answer(final long timeoutS)
    {
        try
        {
            return answers.poll(timeoutS, TimeUnit.SECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private boolean command(final String command)
    {
        try
        {
            commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            commands.flush();
            return true;
        }
        catch (final IOException ex)
        {
            // The child is gone: whoever waits for its answer sees that it does not come.
            return false;
        }
    }

    String uri()
    {
        return uri;
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * @return bytes allocated so far by the data threads of the child, -1 where it does not answer.
     */
    long allocatedBytes()
    {
        if (!command(BrokerChild.ALLOCATED))
        {
            return -1;
        }

        final String answer = answer(ANSWER_TIMEOUT_S);
        return null != answer && answer.startsWith(BrokerChild.ALLOCATED) ?
            Long.parseLong(answer.substring(BrokerChild.ALLOCATED.length()).trim()) : -1;
    }

    /**
     * Kill it (SIGKILL), and wait until it is gone. What it reported as errors is not known.
     */
    void kill()
    {
        isClosed = true;
        process.destroyForcibly().onExit().join();
    }

    /**
     * @return whether the process lives.
     */
    boolean isAlive()
    {
        return process.isAlive();
    }

    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }

        isClosed = true;
        command(BrokerChild.STOP);
        try
        {
            commands.close();
        }
        catch (final IOException ex)
        {
            // Already closed by the child's end, which is what is wanted here.
            process.destroy();
        }

        try
        {
            if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
                process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS);
            }
        }
        catch (final InterruptedException ex)
        {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        takeErrors();
    }

    private void takeErrors()
    {
        String answer = answer(ANSWER_TIMEOUT_S);
        while (null != answer && !answer.startsWith(ENDED))
        {
            if (answer.startsWith(BrokerChild.ERROR))
            {
                errors.add(answer.substring(BrokerChild.ERROR.length()));
            }
            answer = answer(ANSWER_TIMEOUT_S);
        }
    }
}
