package io.epona.engine.cluster;

import java.util.ArrayDeque;
import java.util.List;

/**
 * Another coordination whose changes can be made to end otherwise: one entry of the script for each change.
 */
public final class ScriptedCoordination implements Coordination
{
    /** How the next change ends. */
    public enum Fate
    {
        /** As it would. */
        PASS,
        /** It is made, and the answer is lost. */
        APPLIED_UNKNOWN,
        /** It is not made, and the answer is lost. */
        DROPPED_UNKNOWN,
        /** It is refused. */
        FAILED,
        /** The session ended. */
        EXPIRED
    }

    private final Coordination delegate;
    private final ArrayDeque<Fate> script = new ArrayDeque<>();
    private final ArrayDeque<Runnable> answers = new ArrayDeque<>();

    public ScriptedCoordination(final Coordination delegate)
    {
        this.delegate = delegate;
    }

    /** Decide the next changes. */
    public void script(final Fate... fates)
    {
        script.clear();
        script.addAll(List.of(fates));
    }

    @Override
    public void read(final String path, final NodeHandler handler)
    {
        delegate.read(path, handler);
    }

    @Override
    public void children(final String path, final ChildrenHandler handler)
    {
        delegate.children(path, handler);
    }

    @Override
    public void multi(final List<Operation> operations, final ChangeHandler handler)
    {
        final Fate fate = script.isEmpty() ? Fate.PASS : script.poll();
        switch (fate)
        {
            case PASS -> delegate.multi(operations, handler);
            case APPLIED_UNKNOWN -> delegate.multi(
                operations, (status, index, versions) -> handler.onChange(Status.OUTCOME_UNKNOWN, -1, new int[0]));
            case DROPPED_UNKNOWN ->
                answers.add(() -> handler.onChange(Status.OUTCOME_UNKNOWN, -1, new int[0]));
            case FAILED -> answers.add(() -> handler.onChange(Status.FAILED, -1, new int[0]));
            default -> answers.add(() -> handler.onChange(Status.SESSION_EXPIRED, -1, new int[0]));
        }
    }

    @Override
    public void watch(final String path, final WatchListener listener)
    {
        delegate.watch(path, listener);
    }

    @Override
    public void sessionListener(final SessionListener listener)
    {
        delegate.sessionListener(listener);
    }

    @Override
    public long sessionId()
    {
        return delegate.sessionId();
    }

    @Override
    public int poll()
    {
        int workCount = delegate.poll();
        Runnable answer;
        while (null != (answer = answers.poll()))
        {
            workCount++;
            answer.run();
        }

        return workCount;
    }

    @Override
    public void close()
    {
        delegate.close();
    }
}
