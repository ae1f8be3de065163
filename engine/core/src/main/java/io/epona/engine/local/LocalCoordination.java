package io.epona.engine.local;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.Storage;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Operation;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Coordination} for a broker that is alone: the tree lives in this process and is durable in one file, replaced
 * whole. The changes that wait for one {@link #poll()} are made durable together.
 * <p>
 * Owned by one thread, the housekeeper: {@link #poll()} blocks while it writes the file. A change whose file could not
 * be written is taken back and answered FAILED. Where it is not certain which of the two files a restart would find,
 * the answer is OUTCOME_UNKNOWN and every later change fails.
 */
public final class LocalCoordination implements Coordination
{
    /** Name of the file in the data directory. */
    public static final String FILE_NAME = "local.meta";

    private final Storage storage;
    private final Path file;
    private final ErrorHandler errorHandler;
    private final NodeTree tree = new NodeTree();
    private final long sessionId;
    private final List<Watch> watches = new ArrayList<>();
    private final ArrayDeque<Call> pending = new ArrayDeque<>();
    private final ArrayDeque<Runnable> deliveries = new ArrayDeque<>();
    private byte[] image;
    private boolean isFenced;
    private boolean isClosed;

    private LocalCoordination(final Storage storage, final Path file, final ErrorHandler errorHandler)
        throws IOException
    {
        this.storage = storage;
        this.file = file;
        this.errorHandler = errorHandler;

        long sessions = 0;
        if (storage.exists(file))
        {
            image = storage.read(file);
            sessions = LocalMetaDescriptor.decode(image, tree.nodes());
        }
        sessionId = sessions + 1;
    }

    /**
     * Read the file, or begin with an empty tree where there is none. Blocks.
     *
     * @param storage      of the data directory.
     * @param file         to keep the tree in.
     * @param errorHandler told when the file cannot be written; on the owner's thread.
     * @return the coordination, with a session.
     * @throws EngineException DATA_LOSS where the file is damaged, INTERNAL where it cannot be read; names the file.
     */
    public static LocalCoordination open(final Storage storage, final Path file, final ErrorHandler errorHandler)
    {
        try
        {
            return new LocalCoordination(storage, file, errorHandler);
        }
        catch (final IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException ex)
        {
            throw new EngineException(
                ResultCode.DATA_LOSS,
                "the file " + file + ", which holds the topics and their ids, is damaged (" + ex.getMessage() +
                "). Put back a copy of it from a backup of the whole directory, or start on an empty directory.",
                ex);
        }
        catch (final IOException ex)
        {
            throw new EngineException(
                ResultCode.INTERNAL, "the file " + file + " cannot be read (" + ex + "): check its permissions", ex);
        }
    }

    @Override
    public void read(final String path, final NodeHandler handler)
    {
        enqueue(new Call(
            null,
            () ->
            {
                final NodeTree.Node node = tree.node(path);
                if (null == node)
                {
                    return () -> handler.onNode(Status.NO_NODE, null, -1, 0);
                }

                return () -> handler.onNode(Status.OK, node.value(), node.version(), node.ephemeralOwner());
            }));
    }

    @Override
    public void children(final String path, final ChildrenHandler handler)
    {
        enqueue(new Call(
            null,
            () ->
            {
                final Status status = null == tree.node(path) ? Status.NO_NODE : Status.OK;
                final List<String> children = Status.OK == status ? tree.children(path) : List.of();

                return () -> handler.onChildren(status, children);
            }));
    }

    @Override
    public void multi(final List<Operation> operations, final ChangeHandler handler)
    {
        final List<Operation> copy = List.copyOf(operations);
        enqueue(new Call(
            handler,
            () ->
            {
                final Status status = isFenced ? Status.FAILED : tree.apply(copy, sessionId);
                final int failedIndex = isFenced ? -1 : tree.failedIndex();
                final int[] versions = Status.OK == status ? tree.versions() : new int[0];

                return () -> handler.onChange(status, failedIndex, versions);
            }));
    }

    @Override
    public void watch(final String path, final WatchListener listener)
    {
        if (!isClosed)
        {
            watches.add(new Watch(path, listener));
        }
    }

    @Override
    public void sessionListener(final SessionListener listener)
    {
        if (!isClosed)
        {
            deliveries.add(() -> listener.onConnected(sessionId));
        }
    }

    @Override
    public long sessionId()
    {
        return isClosed ? 0 : sessionId;
    }

    @Override
    public int poll()
    {
        if (!pending.isEmpty())
        {
            applyPending();
        }

        int workCount = 0;
        Runnable delivery;
        while (null != (delivery = deliveries.poll()))
        {
            workCount++;
            delivery.run();
        }

        return workCount;
    }

    @Override
    public void close()
    {
        isClosed = true;
        pending.clear();
        deliveries.clear();
        watches.clear();
    }

    private void enqueue(final Call call)
    {
        if (!isClosed)
        {
            pending.add(call);
        }
    }

    private void applyPending()
    {
        final List<Call> calls = new ArrayList<>(pending);
        pending.clear();
        final List<Runnable> answers = new ArrayList<>(calls.size());
        for (final Call call : calls)
        {
            answers.add(call.evaluation.evaluate());
        }

        final Status failure = tree.hasDurableChange() ? persist() : Status.OK;
        if (Status.OK == failure)
        {
            for (final String path : tree.changedPaths())
            {
                notifyWatches(path);
            }
            tree.keep();
            deliveries.addAll(answers);
            return;
        }

        tree.takeBack();
        for (final Call call : calls)
        {
            final ChangeHandler handler = call.changeHandler;
            deliveries.add(null == handler ?
                call.evaluation.evaluate() : () -> handler.onChange(failure, -1, new int[0]));
        }
    }

    private Status persist()
    {
        final byte[] next = LocalMetaDescriptor.encode(tree.nodes(), sessionId);
        try
        {
            storage.replace(file, next);
            image = next;
            return Status.OK;
        }
        catch (final IOException ex)
        {
            final boolean isUntouched = isOldImage();
            isFenced = !isUntouched;
            errorHandler.onError(new EngineException(
                ResultCode.INTERNAL,
                "the file " + file + " cannot be written (" + ex + "): " + (isUntouched ?
                "the change was not made; free space or mend the disk, then try again" :
                "whether the change was made shows after a restart; nothing is changed before"),
                ex));

            return isUntouched ? Status.FAILED : Status.OUTCOME_UNKNOWN;
        }
    }

    private boolean isOldImage()
    {
        try
        {
            return storage.exists(file) ? Arrays.equals(image, storage.read(file)) : null == image;
        }
        catch (final IOException ex)
        {
            errorHandler.onError(new EngineException(
                ResultCode.INTERNAL, "the file " + file + " cannot be read back (" + ex + ")", ex));
            return false;
        }
    }

    private void notifyWatches(final String path)
    {
        for (final Watch watch : watches)
        {
            if (path.equals(watch.path) || path.startsWith(watch.path + '/'))
            {
                deliveries.add(() -> watch.listener.onChanged(path));
            }
        }
    }

    /** Looks at the tree or changes it, and gives the delivery of the answer. */
    @FunctionalInterface
    private interface Evaluation
    {
        Runnable evaluate();
    }

    /** A call that waits for the next poll; changeHandler is null for one that only reads. */
    private record Call(ChangeHandler changeHandler, Evaluation evaluation)
    {
    }

    private record Watch(String path, WatchListener listener)
    {
    }
}
