package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.Status;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Follows subtrees of the coordination: reads everything once, then what hints name. A hint that comes while its node
 * is being read makes it be read again, since the answer may be older than the change. Knows which nodes there are, not
 * what is in them.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class TreeMirror
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int QUESTIONS_PER_CYCLE = 256;

    /** Receives nodes. */
    interface Listener
    {
        /**
         * @param path    of the node.
         * @param value   of the node.
         * @param version of the node.
         */
        void onNode(String path, byte[] value, int version);

        /**
         * @param path of a node that does not exist.
         */
        void onGone(String path);
    }

    /** What is to be asked, or is asked. */
    private static final class Question
    {
        private boolean isAsked;
        private boolean isToRepeat;
    }

    private final Coordination coordination;
    private final Listener listener;
    private final TreeMap<String, Integer> depths = new TreeMap<>();
    private final TreeSet<String> known = new TreeSet<>();
    private final TreeMap<String, Question> values = new TreeMap<>();
    private final TreeMap<String, Question> lists = new TreeMap<>();
    private boolean isRunning;
    private boolean isDue;
    private int life;
    private long retryNs;
    private long nowNs;

    TreeMirror(final Coordination coordination, final Listener listener)
    {
        this.coordination = coordination;
        this.listener = listener;
    }

    /**
     * Follow what is below a node. Before the first start.
     *
     * @param root  of the subtree, itself not read.
     * @param depth of the subtree: 1 for the children of the root alone.
     */
    void follow(final String root, final int depth)
    {
        depths.put(root, depth);
        coordination.watch(root, (path) -> onHint(root, path));
    }

    /** Forget everything and read everything. */
    void start()
    {
        stop();
        isRunning = true;
        depths.keySet().forEach(this::list);
    }

    /** Forget everything and read nothing. */
    void stop()
    {
        isRunning = false;
        life++;
        known.clear();
        values.clear();
        lists.clear();
    }

    /**
     * @return whether everything that is known to have changed was read.
     */
    boolean isSettled()
    {
        return isRunning && values.isEmpty() && lists.isEmpty();
    }

    /**
     * Read a node again.
     *
     * @param path below one of the roots.
     */
    void refresh(final String path)
    {
        ask(values, path);
    }

    /**
     * Read the children of a node, and what is in them, again.
     *
     * @param path of a node below one of the roots that has children.
     */
    void refreshBelow(final String path)
    {
        list(path);
        for (final String below : known.tailSet(path + '/', true))
        {
            if (!below.startsWith(path + '/'))
            {
                break;
            }
            refresh(below);
        }
    }

    int doWork(final long now)
    {
        nowNs = now;
        if (!isRunning || !isDue || now - retryNs < 0)
        {
            return 0;
        }

        isDue = false;
        return send(lists, true) + send(values, false);
    }

    private void onHint(final String root, final String path)
    {
        if (!isRunning)
        {
            return;
        }
        if (path.equals(root))
        {
            list(root);
        }
        else
        {
            refresh(path);
        }
    }

    private void list(final String path)
    {
        ask(lists, path);
    }

    private void ask(final TreeMap<String, Question> questions, final String path)
    {
        if (isRunning)
        {
            final Question question = questions.computeIfAbsent(path, (key) -> new Question());
            question.isToRepeat = question.isAsked;
            isDue = true;
        }
    }

    private int send(final TreeMap<String, Question> questions, final boolean isOfChildren)
    {
        final List<String> due = new ArrayList<>();
        for (final var entry : questions.entrySet())
        {
            if (!entry.getValue().isAsked)
            {
                if (due.size() == QUESTIONS_PER_CYCLE)
                {
                    isDue = true;
                    break;
                }
                due.add(entry.getKey());
            }
        }

        final int asked = life;
        for (final String path : due)
        {
            questions.get(path).isAsked = true;
            if (isOfChildren)
            {
                coordination.children(path, (status, children) ->
                {
                    if (asked == life && isAnswer(lists, path, status))
                    {
                        onChildren(path, Status.OK == status ? children : List.of());
                    }
                });
            }
            else
            {
                coordination.read(path, (status, value, version, owner) ->
                {
                    if (asked == life && isAnswer(values, path, status))
                    {
                        onValue(path, status, value, version);
                    }
                });
            }
        }

        return due.size();
    }

    private boolean isAnswer(final TreeMap<String, Question> questions, final String path, final Status status)
    {
        final Question question = questions.get(path);
        question.isAsked = false;
        final boolean isAnswer = Status.OK == status || Status.NO_NODE == status;
        if (!isAnswer)
        {
            retryNs = nowNs + RETRY_NS;
        }
        if (isAnswer && !question.isToRepeat)
        {
            questions.remove(path);
        }
        else
        {
            question.isToRepeat = false;
            isDue = true;
        }

        return isAnswer;
    }

    private void onValue(final String path, final Status status, final byte[] value, final int version)
    {
        if (Status.OK == status)
        {
            known.add(path);
            listener.onNode(path, value, version);
        }
        else
        {
            known.remove(path);
            listener.onGone(path);
        }
    }

    private void onChildren(final String path, final List<String> children)
    {
        final int depth = depthOf(path);
        final String prefix = path + '/';
        for (final String name : children)
        {
            refresh(prefix + name);
            if (depth > 1)
            {
                list(prefix + name);
            }
        }

        // What is known here and no child any more is read too: it is gone, or was made again since.
        final Set<String> names = new TreeSet<>(children);
        for (final String below : known.tailSet(prefix, true))
        {
            if (!below.startsWith(prefix))
            {
                break;
            }
            final int end = below.indexOf('/', prefix.length());
            if (!names.contains(below.substring(prefix.length(), end < 0 ? below.length() : end)))
            {
                refresh(below);
            }
        }
    }

    private int depthOf(final String path)
    {
        final Integer depth = depths.get(path);
        return null == depth ? depths.get(Paths.parent(path)) - 1 : depth;
    }
}
