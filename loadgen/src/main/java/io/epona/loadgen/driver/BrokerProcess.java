package io.epona.loadgen.driver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A broker in a child JVM.
 * <p>
 * Launched, awaited and closed by the generator's thread, or by that of the faults; {@link #allocatedBytes()} is asked
 * by the monitor. What the child's broker reported as errors is known once it is closed.
 */
final class BrokerProcess implements AutoCloseable
{
    private static final long ANSWER_TIMEOUT_S = 2;

    private final ChildProcess child;
    private final ErrorLines errors;
    private String uri;
    private boolean isClosed;

    private BrokerProcess(final ChildProcess child, final ErrorLines errors)
    {
        this.child = child;
        this.errors = errors;
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
        final BrokerProcess started = begin(List.of(), dataDir, log, properties, errors);
        started.awaitReady();

        return started;
    }

    /**
     * Start a broker.
     *
     * @param prefix     command that it is run by, empty for none.
     * @param dataDir    of the broker.
     * @param log        for its standard error.
     * @param properties of the broker; without {@code listen} it takes free ports.
     * @param errors     for what it reports as errors.
     * @return the broker, which does not serve yet.
     * @throws DriverException where there is no such process.
     */
    static BrokerProcess begin(
        final List<String> prefix,
        final Path dataDir,
        final Path log,
        final Map<String, String> properties,
        final ErrorLines errors)
    {
        final List<String> arguments = new ArrayList<>(List.of(dataDir.toString()));
        properties.forEach((key, value) -> arguments.add(key + "=" + value));

        return new BrokerProcess(ChildProcess.launch(prefix, BrokerChild.COMMAND, arguments, log), errors);
    }

    /**
     * Wait until it serves.
     *
     * @throws DriverException where it does not come up.
     */
    void awaitReady()
    {
        uri = child.awaitReady("the broker process");
    }

    String uri()
    {
        return uri;
    }

    ChildProcess child()
    {
        return child;
    }

    long pid()
    {
        return child.pid();
    }

    /**
     * @return bytes allocated so far by the data threads of the child, -1 where it does not answer.
     */
    long allocatedBytes()
    {
        if (!child.command(BrokerChild.ALLOCATED))
        {
            return -1;
        }

        final String answer = child.answer(ANSWER_TIMEOUT_S);
        return null != answer && answer.startsWith(BrokerChild.ALLOCATED) ?
            Long.parseLong(answer.substring(BrokerChild.ALLOCATED.length()).trim()) : -1;
    }

    /**
     * Kill it (SIGKILL), and wait until it is gone. What it reported as errors is not known.
     */
    void kill()
    {
        isClosed = true;
        child.kill();
    }

    /**
     * @return whether the process lives.
     */
    boolean isAlive()
    {
        return child.isAlive();
    }

    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }

        isClosed = true;
        child.stop();
        String answer = child.answer(ANSWER_TIMEOUT_S);
        while (null != answer)
        {
            if (answer.startsWith(BrokerChild.ERROR))
            {
                errors.add(answer.substring(BrokerChild.ERROR.length()));
            }
            answer = child.answer(ANSWER_TIMEOUT_S);
        }
    }
}
