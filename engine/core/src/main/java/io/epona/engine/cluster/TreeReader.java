package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.Status;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Reads nodes and lists of children until it has an answer. What is asked for while it is being read is read once
 * more, since the answer under way may be older than the reason to ask.
 * <p>
 * Within one session answers come in the order of the questions and never go back in time; {@link #restart()} begins
 * anew with a session, and what was under way before is not answered.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
public final class TreeReader
{
    /** Time after which what failed is tried again. */
    public static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int QUESTIONS_PER_CYCLE = 256;

    /** Receives answers, within {@link Coordination#poll()}. */
    public interface Handler
    {
        /**
         * @param path    of the node.
         * @param value   of the node, null where there is none.
         * @param version of the node, -1 where there is none.
         */
        void onValue(String path, byte[] value, int version);

        /**
         * @param path     of the node.
         * @param children names, none where there is no such node.
         */
        void onChildren(String path, List<String> children);
    }

    private static final class Question
    {
        private final String path;
        private final boolean isOfChildren;
        private boolean isAsked;
        private boolean isToRepeat;
        private long notBeforeNs = Long.MIN_VALUE;

        private Question(final String path, final boolean isOfChildren)
        {
            this.path = path;
            this.isOfChildren = isOfChildren;
        }
    }

    private final Coordination coordination;
    private final Handler handler;
    private final TreeMap<String, Question> values = new TreeMap<>();
    private final TreeMap<String, Question> lists = new TreeMap<>();
    private int life;
    private boolean isDue;
    private long nowNs;

    /**
     * @param coordination to read.
     * @param handler      told the answers.
     */
    public TreeReader(final Coordination coordination, final Handler handler)
    {
        this.coordination = coordination;
        this.handler = handler;
    }

    /** Forget every question, also those under way. */
    public void restart()
    {
        life++;
        values.clear();
        lists.clear();
        isDue = false;
    }

    /**
     * Read a node.
     *
     * @param path of it.
     */
    public void readValue(final String path)
    {
        ask(values.computeIfAbsent(path, (key) -> new Question(key, false)));
    }

    /**
     * Read the names of the children of a node.
     *
     * @param path of it.
     */
    public void readChildren(final String path)
    {
        ask(lists.computeIfAbsent(path, (key) -> new Question(key, true)));
    }

    /**
     * @return whether nothing is asked for.
     */
    public boolean isIdle()
    {
        return values.isEmpty() && lists.isEmpty();
    }

    /**
     * Send the questions that are due, as far as one cycle may.
     *
     * @param now         epoch ns.
     * @param isConnected whether there is any use in asking.
     * @return number of questions sent.
     */
    public int doWork(final long now, final boolean isConnected)
    {
        nowNs = now;
        if (!isDue || !isConnected)
        {
            return 0;
        }

        isDue = false;
        return send(new ArrayList<>(lists.values())) + send(new ArrayList<>(values.values()));
    }

    private void ask(final Question question)
    {
        question.isToRepeat = question.isAsked;
        isDue = true;
    }

    private int send(final List<Question> questions)
    {
        int workCount = 0;
        for (final Question question : questions)
        {
            if (question.isAsked)
            {
                continue;
            }
            if (nowNs < question.notBeforeNs || QUESTIONS_PER_CYCLE == workCount)
            {
                isDue = true;
                continue;
            }
            question.isAsked = true;
            workCount++;
            final int asked = life;
            if (question.isOfChildren)
            {
                coordination.children(
                    question.path, (status, children) -> onChildren(asked, question, status, children));
            }
            else
            {
                coordination.read(
                    question.path,
                    (status, value, version, owner) -> onValue(asked, question, status, value, version));
            }
        }

        return workCount;
    }

    private void onValue(
        final int asked, final Question question, final Status status, final byte[] value, final int version)
    {
        if (asked == life && isAnswer(question, values, status))
        {
            final boolean isThere = Status.OK == status;
            handler.onValue(question.path, isThere ? value : null, isThere ? version : -1);
        }
    }

    private void onChildren(
        final int asked, final Question question, final Status status, final List<String> children)
    {
        if (asked == life && isAnswer(question, lists, status))
        {
            handler.onChildren(question.path, Status.OK == status ? children : List.of());
        }
    }

    private boolean isAnswer(final Question question, final TreeMap<String, Question> questions, final Status status)
    {
        question.isAsked = false;
        final boolean isAnswer = Status.OK == status || Status.NO_NODE == status;
        if (!isAnswer)
        {
            question.notBeforeNs = nowNs + RETRY_NS;
            question.isToRepeat = true;
        }
        if (question.isToRepeat)
        {
            question.isToRepeat = false;
            isDue = true;
        }
        else
        {
            questions.remove(question.path);
        }

        return isAnswer;
    }
}
