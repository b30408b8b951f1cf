// Makes the replica set and one user a service, each for its own database alone. Run it again at
// any time: what is there stays, and passwords become those of the secrets.
//
//   mongosh --nodb --norc --quiet init.js
//
// It must run on the first member's own loopback: only from there does mongod let the very first
// user be made. MONGO_MEMBERS names the members as everybody reaches them.

const fs = require('fs');

const secrets = process.env.CREWLINE_SECRETS_DIR || '/run/secrets';
const members = process.env.MONGO_MEMBERS.split(',');
const services = ['accounts', 'vendors', 'broker', 'quality', 'payouts', 'gateway'];
const set = 'rs0';

// What payouts only ever adds to: its user may not change or remove anything there.
// Of its other collections it may, each by name, for a right to all would be one to these too.
const changeable = {
  payouts: [
    'adjustments',
    'audits', 'balances', 'bank_details', 'bank_orders', 'bank_outcomes', 'bank_transfers',
    'benefits_providers', 'benefits_withdrawals', 'books', 'chain_checks',
    'clearing_aliases', 'clearing_items', 'contractor_erasures', 'contractor_names', 'contractors',
    'decisions', 'deposits', 'event_cursors',
    'exchange_rates', 'floor_top_ups', 'floors', 'funds_watches', 'instructions', 'invoiced',
    'mirror_aliases', 'mirror_cursors', 'mirror_items', 'notice_deliveries', 'notice_endpoints',
    'organisations', 'outbox', 'paid_in_person', 'paper_numbers', 'papers', 'pass_throughs', 'pay_calendars',
    'payout_accounts', 'payout_batches', 'payout_rail_choices', 'payout_recipients', 'periods',
    'project_books', 'projects', 'rail_transactions', 'rate_cards', 'refunds', 'requests',
    'statement_audits', 'statement_documents', 'statement_parts', 'statement_told', 'statements',
    'tax_identities', 'transfer_references', 'vendors', 'webhooks',
  ],
};
const deadline = Date.now() + 120_000;

const AUTHENTICATION_FAILED = 18;
const USER_EXISTS = 51003;

function secret(name) {
  return fs.readFileSync(`${secrets}/${name}`, 'utf8').trim();
}

function connect(address, options) {
  const tls = `tls=true&tlsCAFile=${encodeURIComponent(`${secrets}/ca_certificate`)}`;
  return new Mongo(`mongodb://${address}/?${tls}&${options}`);
}

function direct() {
  const port = members[0].split(':')[1];
  return connect(`127.0.0.1:${port}`, 'directConnection=true').getDB('admin');
}

function initiate() {
  const admin = direct();
  if (admin.hello().setName) return;
  // The first member is preferred: the first user can only be made there, on the primary.
  admin.runCommand({
    replSetInitiate: {
      _id: set,
      members: members.map((host, index) => ({ _id: index, host, priority: index ? 1 : 2 })),
    },
  });
  print(`initiated ${set} with ${members.join(', ')}`);
}

function asAdmin() {
  const credentials = `admin:${encodeURIComponent(secret('mongo_admin_password'))}`;
  const options = `replicaSet=${set}&authSource=admin&serverSelectionTimeoutMS=2000`;
  return connect(`${credentials}@${members.join(',')}`, options).getDB('admin');
}

function createAdmin() {
  const admin = direct();
  if (!admin.hello().isWritablePrimary) return;
  try {
    admin.createUser({
      user: 'admin',
      pwd: secret('mongo_admin_password'),
      roles: ['userAdminAnyDatabase', 'clusterAdmin'],
    });
    print('made the user admin');
  } catch (error) {
    if (error.code !== USER_EXISTS) throw error;
  }
}

// The administrator's connection, as soon as there is a primary and an administrator.
function administrator() {
  for (;;) {
    let problem;
    try {
      // Not returned from here: the shell would let its failure pass by the catch.
      const admin = asAdmin();
      return admin;
    } catch (error) {
      problem = error;
    }
    if (problem.code === AUTHENTICATION_FAILED) createAdmin();
    if (Date.now() > deadline) throw problem;
    sleep(500);
  }
}

// A service's password is the one in its connection string: it is written down only there.
function account(service) {
  const match = /^mongodb:\/\/([^:@/]+):([^@/]+)@/.exec(secret(`${service}_mongo_uri`));
  if (!match) throw new Error(`${service}_mongo_uri has no user and password`);
  return { user: decodeURIComponent(match[1]), pwd: decodeURIComponent(match[2]) };
}

// A service whose collections are not all alike gets a role of its own.
function ensureRole(admin, service) {
  const db = `crewline_${service}`;
  if (!changeable[service]) return { role: 'readWrite', db };
  const role = `${service}_service`;
  const privileges = [
    {
      resource: { db, collection: '' },
      actions: ['find', 'insert', 'createCollection', 'createIndex', 'listCollections',
        'listIndexes'],
    },
    ...changeable[service].map((collection) => ({
      resource: { db, collection },
      actions: ['update', 'remove'],
    })),
  ];
  const own = admin.getSiblingDB(db);
  if (own.getRole(role)) own.updateRole(role, { privileges, roles: [] });
  else own.createRole({ role, privileges, roles: [] });
  return { role, db };
}

function ensureUser(admin, service) {
  const { user, pwd } = account(service);
  const roles = [ensureRole(admin, service)];
  const known = admin.getUser(user) !== null;
  if (known) admin.updateUser(user, { pwd, roles });
  else admin.createUser({ user, pwd, roles });
  print(`${known ? 'updated' : 'made'} the user ${user} of crewline_${service}`);
}

initiate();
const admin = administrator();
services.forEach((service) => ensureUser(admin, service));
