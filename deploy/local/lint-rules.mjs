// Rules of the house that oxlint does not know by itself. Loaded by .oxlintrc.json; proved by test/static/lint-rules.spec.ts.

const CLOCK = 'Time comes from Clock (#runtime), which the sandbox can move; durations come from monotonic().';

/** `Date.now()` and `new Date()` read the machine's clock behind the back of ours. */
const clockOnly = {
  create(context) {
    return {
      NewExpression(node) {
        if (isDate(node.callee) && node.arguments.length === 0)
          context.report({ node, message: `new Date() without an argument. ${CLOCK}` });
      },
      CallExpression(node) {
        const { callee } = node;
        if (isDate(callee)) context.report({ node, message: `Date(). ${CLOCK}` });
        if (callee.type === 'MemberExpression' && isDate(callee.object) && nameOf(callee.property) === 'now') {
          context.report({ node, message: `Date.now(). ${CLOCK}` });
        }
      },
    };
  },
};

const SQL_CLOCK =
  /\b(?:now|statement_timestamp|transaction_timestamp)\s*\(\s*\)|\b(?:current_timestamp|current_date|localtimestamp)\b/i;

/** The database's clock is not ours either. Leases are the exception, which never move with our clock: they say clock_timestamp(). */
const noSqlClock = {
  create(context) {
    const look = (node, text) => {
      if (/\b(?:select|insert|update|delete|create|alter|where|default)\b/i.test(text) && SQL_CLOCK.test(text)) {
        context.report({ node, message: `SQL asks the database for the time. ${CLOCK}` });
      }
    };
    return {
      Literal: (node) => typeof node.value === 'string' && look(node, node.value),
      TemplateLiteral: (node) => look(node, node.quasis.map(({ value }) => value.raw).join(' ')),
    };
  },
};

/** Two services that need each other hide a third thing. */
const noForwardRef = {
  create(context) {
    return {
      CallExpression(node) {
        const { callee } = node;
        const called = callee.type === 'MemberExpression' ? callee.property : callee;
        if (nameOf(called) === 'forwardRef') {
          context.report({ node, message: 'forwardRef: extract what both need, or publish an event.' });
        }
      },
    };
  },
};

function isDate(node) {
  return (
    nameOf(node) === 'Date' ||
    (node.type === 'MemberExpression' && nameOf(node.object) === 'globalThis' && nameOf(node.property) === 'Date')
  );
}

function nameOf(node) {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? node.value : undefined;
}

export default {
  meta: { name: 'relais' },
  rules: { 'clock-only': clockOnly, 'no-sql-clock': noSqlClock, 'no-forward-ref': noForwardRef },
};
