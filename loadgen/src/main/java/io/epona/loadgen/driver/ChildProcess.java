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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A child JVM that takes commands by its standard input and answers by its standard output, a line each: one of this
 * program's own hidden commands, or a main class of {@link Peers}. It ends by itself when its standard input does, so
 * that none outlives its parent.
 * <p>
 * Owned by one thread at a time; {@link #pid()} and {@link #isAlive()} for any.
 */
public final class ChildProcess
{
    /** Command that ends every child in order. */
    public static final String STOP = "stop";
    /** First word of the answer of a child that has come up. */
    public static final String READY = "ready ";

    private static final long START_TIMEOUT_S = 120;
    private static final long STOP_TIMEOUT_S = 40;
    private static final int SHOWN_LINES = 12;
    private static final String ENDED = "output ended";

    private final Process process;
    private final OutputStream commands;
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Path log;

    private ChildProcess(final Process process, final Path log)
    {
        this.process = process;
        this.commands = process.getOutputStream();
        this.log = log;
        final Thread reader = new Thread(this::read, "child-process-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Start a child.
     *
     * @param prefix    command that the child is run by, empty for none.
     * @param command   hidden command of this program.
     * @param arguments of the command.
     * @param log       for its standard error.
     * @return the child, which may not have come up yet.
     * @throws DriverException where there is no such process.
     */
    static ChildProcess launch(
        final List<String> prefix, final String command, final List<String> arguments, final Path log)
    {
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            "-XX:+PerfDisableSharedMem",
            "-cp",
            System.getProperty("java.class.path"),
            "io.epona.loadgen.LoadgenMain",
            command));
        line.addAll(arguments);

        return launch(line, log);
    }

    /**
     * Start a child.
     *
     * @param command that runs it.
     * @param log     for its standard error.
     * @return the child, which may not have come up yet.
     * @throws DriverException where there is no such process.
     */
    public static ChildProcess launch(final List<String> command, final Path log)
    {
        try
        {
            return new ChildProcess(new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
        }
        catch (final IOException ex)
        {
            throw new DriverException("cannot start a process: " + ex.getMessage(), ex);
        }
    }

    /**
     * Wait until it has come up.
     *
     * @param what it is, for the message.
     * @return what it said of itself.
     * @throws DriverException where it does not come up; it is ended then.
     */
    public String awaitReady(final String what)
    {
        final String answer = answer(START_TIMEOUT_S);
        if (null == answer || !answer.startsWith(READY))
        {
            kill();
            throw new DriverException(what + " did not come up" + (null == answer ? "" : ": " + answer) + tail());
        }

        return answer.substring(READY.length()).trim();
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

    /**
     * @param timeoutS to wait.
     * @return the next line of its output, null where none came or the output has ended.
     */
    public String answer(final long timeoutS)
    {
        try
        {
            final String answer = answers.poll(timeoutS, TimeUnit.SECONDS);
            return null == answer || answer.startsWith(ENDED) ? null : answer;
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /**
     * @param command to give it.
     * @return false where it is gone.
     */
    public boolean command(final String command)
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

    /**
     * @return its process id.
     */
    public long pid()
    {
        return process.pid();
    }

    /**
     * @return whether the process lives.
     */
    public boolean isAlive()
    {
        return process.isAlive();
    }

    /** Kill it (SIGKILL), also one that stands still, and wait until it is gone. */
    public void kill()
    {
        process.destroyForcibly().onExit().join();
    }

    /** Let it stand still (SIGSTOP). */
    void pause()
    {
        Shell.run("kill", "-STOP", Long.toString(process.pid()));
    }

    /** Let it go on (SIGCONT). */
    void resume()
    {
        Shell.run("kill", "-CONT", Long.toString(process.pid()));
    }

    /** End it in order, else by force, and wait until it is gone. */
    public void stop()
    {
        command(STOP);
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
                kill();
            }
        }
        catch (final InterruptedException ex)
        {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
