package io.epona.loadgen.driver;

import org.agrona.ErrorHandler;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a system under test reports as errors: each text once, and of endless ones the first. Any thread.
 */
public final class ErrorLines implements ErrorHandler
{
    private static final int MAX_LINES = 64;

    private final CopyOnWriteArrayList<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void onError(final Throwable throwable)
    {
        add(throwable.toString());
    }

    /**
     * @param text of which the first line is kept.
     */
    public void add(final String text)
    {
        if (lines.size() < MAX_LINES)
        {
            final int end = text.indexOf('\n');
            lines.addIfAbsent(end < 0 ? text : text.substring(0, end));
        }
    }

    /**
     * @return the lines so far.
     */
    public List<String> list()
    {
        return List.copyOf(lines);
    }
}
