package io.epona.simulator;

import io.epona.engine.cluster.Coordination.ChangeHandler;
import io.epona.engine.cluster.Coordination.ChildrenHandler;
import io.epona.engine.cluster.Coordination.NodeHandler;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;

import java.util.List;

/**
 * What a client asked for. Owned by the thread of its world.
 */
final class ZkCall
{
    private static final int[] NO_VERSIONS = new int[0];

    enum Kind
    {
        READ, CHILDREN, CHANGE, WATCH, CLOSE
    }

    final Kind kind;
    final String path;
    final List<Operation> operations;
    final ZkWatch watch;
    private final Object handler;

    private ZkCall(
        final Kind kind,
        final String path,
        final List<Operation> operations,
        final ZkWatch watch,
        final Object handler)
    {
        this.kind = kind;
        this.path = path;
        this.operations = operations;
        this.watch = watch;
        this.handler = handler;
    }

    static ZkCall read(final String path, final NodeHandler handler)
    {
        return new ZkCall(Kind.READ, path, List.of(), null, handler);
    }

    static ZkCall children(final String path, final ChildrenHandler handler)
    {
        return new ZkCall(Kind.CHILDREN, path, List.of(), null, handler);
    }

    static ZkCall change(final List<Operation> operations, final ChangeHandler handler)
    {
        return new ZkCall(Kind.CHANGE, null, operations, null, handler);
    }

    static ZkCall watch(final ZkWatch watch)
    {
        return new ZkCall(Kind.WATCH, watch.path, List.of(), watch, null);
    }

    static ZkCall close()
    {
        return new ZkCall(Kind.CLOSE, null, List.of(), null, null);
    }

    boolean isAnswered()
    {
        return Kind.READ == kind || Kind.CHILDREN == kind || Kind.CHANGE == kind;
    }

    boolean isChangeBelow(final String above)
    {
        return Kind.CHANGE == kind &&
            operations.stream().anyMatch((operation) -> operation.path().startsWith(above));
    }

    void answerNode(final Status status, final byte[] value, final int version, final long ephemeralOwner)
    {
        ((NodeHandler)handler).onNode(status, value, version, ephemeralOwner);
    }

    void answerChildren(final Status status, final List<String> children)
    {
        ((ChildrenHandler)handler).onChildren(status, children);
    }

    void answerChange(final Status status, final int failedIndex, final int[] versions)
    {
        ((ChangeHandler)handler).onChange(status, failedIndex, versions);
    }

    /** There is no answer, or it was refused at once. */
    void fail(final Status status)
    {
        switch (kind)
        {
            case READ -> answerNode(status, null, -1, 0);
            case CHILDREN -> answerChildren(status, List.of());
            case CHANGE -> answerChange(status, -1, NO_VERSIONS);
            default -> throw new IllegalStateException("nobody waits for " + kind);
        }
    }

    @Override
    public String toString()
    {
        return kind + (null == path ? operations.toString() : " " + path);
    }
}
